// The sketch without a server: the picture that a network receives, made of strokes exactly as trainer/sketch makes it:
// cropped to the ink, fitted into 20 × 20, its centre of mass moved to the centre of 28 × 28.
import { SIZE } from "./strokes.js";

/** @typedef {import("./strokes.js").Stroke} Stroke */
/** @typedef {{begin: number[], end: number[], radii: number[]}} Piece of the pen's way: two points and half the tip's width at both */

const SIDE = 28, FITTED = 20, DRAWN = [2, 3.8], SPACING = 0.35, SOFT = 0.85, GRID = 8, MANY = 3000;

/** @param {Stroke[]} strokes @returns {Uint8Array | null} 28 × 28, 255 is ink; null where none lies on the pad */
export function sketch(strokes) {
  const pieces = strokes.flatMap(piecesOf).map(onPad).filter(Boolean);
  return pieces.length ? place(fitted(pieces, Math.max(...strokes.map(({ brush }) => brush)))) : null;
}

/** @param {Stroke} stroke @returns {Piece[]} a dot is one of no length */
function piecesOf({ brush, points }) {
  const half = points.map((point) => (brush / 2) * (0.5 + (point[2] ?? 0.5)));
  const piece = (at, to) => ({ begin: points[at].slice(0, 2), end: points[to].slice(0, 2), radii: [half[at], half[to]] });
  return points.length === 1 ? [piece(0, 0)] : points.slice(1).map((_, at) => piece(at, at + 1));
}

/** @param {Piece} piece @returns {Piece | null} as far as it lies on the pad */
function onPad({ begin, end, radii }) {
  let low = 0, high = 1;
  for (const axis of [0, 1]) {
    const step = end[axis] - begin[axis];
    if (step === 0 && (begin[axis] < 0 || begin[axis] > SIZE)) return null;
    if (step === 0) continue;
    const [enter, leave] = [-begin[axis] / step, (SIZE - begin[axis]) / step];
    low = Math.max(low, Math.min(enter, leave));
    high = Math.min(high, Math.max(enter, leave));
  }
  const at = (share) => begin.map((from, axis) => from + share * (end[axis] - from));
  return low <= high ? { begin: at(low), end: at(high), radii } : null;
}

/** @param {Piece[]} pieces @param {number} brush the widest @returns {Float64Array} 20 × 20, 0 … 1 */
function fitted(pieces, brush) {
  const points = pieces.flatMap(({ begin, end }) => [begin, end]), radii = pieces.flatMap((piece) => piece.radii);
  const least = (grow) => [0, 1].map((axis) => points.reduce((low, point, at) => Math.min(low, point[axis] - grow * radii[at]), Infinity));
  const most = (grow) => [0, 1].map((axis) => points.reduce((high, point, at) => Math.max(high, point[axis] + grow * radii[at]), -Infinity));
  const [low, high, first, last] = [least(1), most(1), least(0), most(0)];
  const natural = FITTED / Math.max(high[0] - low[0], high[1] - low[1]), width = (2 * radii.reduce((sum, radius) => sum + radius, 0)) / radii.length;
  const thick = Math.min(Math.max(width * natural, DRAWN[0]), DRAWN[1]) / width, wish = FITTED - width * thick;
  const scale = Math.min(wish / Math.max(last[0] - first[0], last[1] - first[1], 1e-6), (2 * wish) / brush); // the cap keeps a dot a dot
  const middle = [0, 1].map((axis) => (first[axis] + last[axis]) / 2);
  const path = pieces.flatMap((piece) => sampled(piece, middle, scale));
  return drawn(path.length > MANY ? oneOfMany(path) : path, thick);
}

/** @returns {number[][]} [x, y, half width] along a piece, x and y in final pixels from the middle */
function sampled({ begin, end, radii }, middle, scale) {
  const [from, to] = [begin, end].map((point) => point.map((value, axis) => (value - middle[axis]) * scale));
  const many = Math.ceil(Math.hypot(to[0] - from[0], to[1] - from[1]) / SPACING) + 1;
  return Array.from({ length: many }, (_, at) => {
    const share = at / Math.max(many - 1, 1), mixed = (one, other) => one + share * (other - one);
    return [mixed(from[0], to[0]), mixed(from[1], to[1]), mixed(radii[0], radii[1])];
  });
}

/** At each place of a fine grid the widest point alone. @param {number[][]} path */
function oneOfMany(path) {
  const kept = new Map();
  for (const [x, y, radius] of path) {
    const [column, row] = [rint(x * GRID), rint(y * GRID)], key = `${column} ${row}`;
    if (!(kept.get(key)?.[2] >= radius)) kept.set(key, [column / GRID, row / GRID, radius]);
  }
  return [...kept.values()];
}

/** @param {number[][]} path @param {number} thick times the half widths @returns {Float64Array} 20 × 20, 0 … 1 */
function drawn(path, thick) {
  const half = (path.reduce((sum, point) => sum + point[2], 0) / path.length) * thick;
  return Float64Array.from({ length: FITTED * FITTED }, (_, pixel) => {
    const x = (pixel % FITTED) + 0.5 - FITTED / 2, y = Math.floor(pixel / FITTED) + 0.5 - FITTED / 2;
    let least = Infinity;
    for (const [px, py, radius] of path) least = Math.min(least, (px - x) ** 2 + (py - y) ** 2 - (radius * thick) ** 2);
    const distance = Math.sqrt(Math.max(least + half * half, 0)) - half;
    return Math.min(1, Math.min(Math.max(0.5 - distance / SOFT, 0), 1) * 1.03);
  });
}

/** @param {Float64Array} ink 20 × 20 @returns {Uint8Array} 28 × 28: by whole pixels, its centre of mass to the centre */
function place(ink) {
  let mass = 0, down = 0, right = 0;
  ink.forEach((value, at) => {
    mass += value;
    down += value * Math.floor(at / FITTED);
    right += value * (at % FITTED);
  });
  const corner = (sum) => Math.min(Math.max(rint(SIDE / 2 - sum / mass), 0), SIDE - FITTED), top = corner(down), left = corner(right);
  const made = new Uint8Array(SIDE * SIDE);
  ink.forEach((value, at) => (made[(top + Math.floor(at / FITTED)) * SIDE + left + (at % FITTED)] = rint(value * 255)));
  return made;
}

/** To the nearest whole number, halves to the even one, as Python rounds. */
function rint(value) {
  const below = Math.floor(value);
  return value - below === 0.5 ? below + (below % 2) : Math.round(value);
}
