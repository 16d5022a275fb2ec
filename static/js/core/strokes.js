// Strokes on the pad, 280 × 280: what the person drew, as points; the server makes the picture from them.

/** @typedef {{brush: number, points: number[][]}} Stroke */

export const SIZE = 280;
export const BRUSHES = [{ word: "thin", width: 12 }, { word: "medium", width: 18 }, { word: "thick", width: 28 }];

const near = (one, other) => Math.abs(one[0] - other[0]) < 0.5 && Math.abs(one[1] - other[1]) < 0.5;
const tenth = (value) => Math.round(value * 10) / 10;

/** @param {Stroke[]} strokes @param {number} brush @param {number[]} point @returns {Stroke[]} */
export const begin = (strokes, brush, point) => [...strokes, { brush, points: [point.map(tenth)] }];

/** @param {Stroke[]} strokes @param {number[][]} points @returns {Stroke[]} the last stroke longer; points that say nothing left out */
export function extend(strokes, points) {
  const last = strokes[strokes.length - 1];
  const longer = [...last.points];
  for (const point of points) if (!near(point, longer[longer.length - 1])) longer.push(point.map((value, at) => (at < 2 ? tenth(value) : Math.round(value * 100) / 100)));
  return longer.length === last.points.length ? strokes : [...strokes.slice(0, -1), { ...last, points: longer }];
}

/** The drawing that the page opens with: a seven with a bar. @returns {Stroke[]} */
export const example = () => [
  { brush: 16, points: [[84, 68], [108, 66], [130, 65], [158, 63], [184, 62], [180, 80], [170, 110], [158, 138], [146, 164], [137, 194], [130, 222]] },
  { brush: 16, points: [[108, 144], [130, 141], [152, 139], [178, 138]] },
];
