// How an output is drawn: by its shape, never by the kind of layer that made it.

/** @typedef {{style: "bars", length: number}
 *   | {style: "squares", length: number, lines: number, perLine: number, cell: number}
 *   | {style: "barcode", length: number, lines: number, perLine: number, every: number, stripe: number}
 *   | {style: "sequence", length: number, steps: number, features: number, across: number, down: number, cell: number, stripe: number}
 *   | {style: "pictures", length: number, shown: number, width: number, height: number, cell: number, shrink: number}} Plan */

const BARS = 16, SQUARES = 128, LINES = 4, GAP = 2, FOLD = 44, TALL = 56;

/** Whole screen pixels a number; small pictures larger, none above 56 (84 on a large screen).
 * @param {number} side of the real picture @param {number} zoom 1, or 1.5 on a large screen @returns {number} */
export function cellSize(side, zoom) {
  const limit = Math.floor((side <= 10 ? 27.4 : side <= 14 ? 28 : 56) * zoom);
  return Math.max(1, Math.floor(limit / side));
}

/** @param {number[]} shape without the batch @param {{width: number, open?: boolean, zoom?: number, lines?: number}} room
 * @returns {Plan} */
export function plan(shape, { width, open = false, zoom = 1, lines = 1 }) {
  const spatial = shape.filter((size) => size > 1).length > 1;
  if (spatial && shape.length === 3) return picturesOf(shape[0], shape[1], shape[2], width, open, zoom, lines);
  if (spatial && shape.length === 2) return sequence(shape[0], shape[1], width, zoom);
  const length = shape.reduce((product, size) => product * size, 1);
  if (shape.length === 3 && length === 1) return { style: "bars", length };
  if (length <= BARS) return { style: "bars", length };
  return length <= SQUARES ? squares(length, width, zoom) : barcode(length, width, zoom);
}

/** @returns {Plan} */
function squares(length, width, zoom) {
  const cell = Math.floor(12 * zoom), lines = length * cell <= width ? 1 : 2, perLine = Math.ceil(length / lines);
  return { style: "squares", length, lines, perLine, cell: Math.max(2, Math.min(cell, Math.floor(width / perLine))) };
}

/** Steps to the right, features down: `across` steps and `down` features share one pixel where there are too many.
 * @returns {Plan} */
function sequence(steps, features, room, zoom) {
  const width = Math.max(64, Math.floor(room)), tall = Math.floor(TALL * zoom);
  const across = Math.ceil(steps / width), down = Math.ceil(features / tall);
  const cell = Math.max(1, Math.floor(tall / Math.ceil(features / down)));
  return { style: "sequence", length: 1, steps, features, across, down, cell, stripe: Math.max(1, Math.min(4 * cell, Math.floor(14 * zoom), Math.floor(width / Math.ceil(steps / across)))) };
}

/** @returns {Plan} */
function picturesOf(channels, height, drawnWidth, room, open, zoom, lines) {
  const side = Math.max(height, drawnWidth), limit = Math.floor(56 * zoom);
  const shrink = Math.max(1, Math.ceil(side / limit)), cell = shrink > 1 ? 1 : cellSize(side, zoom);
  const width = Math.ceil(drawnWidth / shrink), tall = Math.ceil(height / shrink);
  const fit = (space) => Math.max(1, Math.floor((space + GAP) / (width * cell + GAP)));
  const shown = open || channels <= lines * fit(room) ? channels : Math.max(1, (lines - 1) * fit(room) + fit(room - FOLD));
  return { style: "pictures", length: channels, shown, width, height: tall, cell, shrink };
}

/** @returns {Plan} */
function barcode(length, room, zoom) {
  const width = Math.max(64, Math.floor(room));
  const lines = Math.min(LINES, Math.ceil(length / width)), every = Math.ceil(length / (lines * width));
  const perLine = Math.ceil(length / every / lines);
  return { style: "barcode", length, lines, perLine, every, stripe: Math.max(1, Math.min(Math.ceil(3 * zoom), Math.floor(width / perLine))) };
}

/** A sequence as it is drawn: a column for each step, the mean where several share a pixel.
 * @param {Float32Array} values steps × features @param {{steps: number, features: number, across: number, down: number}} plan
 * @returns {Float32Array} rows of features, from left to right the steps */
export function columns(values, { steps, features, across, down }) {
  const width = Math.ceil(steps / across), sums = new Float32Array(width * Math.ceil(features / down)), many = new Float32Array(sums.length);
  for (let step = 0; step < steps; step++) {
    for (let feature = 0; feature < features; feature++) {
      const to = Math.floor(feature / down) * width + Math.floor(step / across);
      sums[to] += values[step * features + feature];
      many[to] += 1;
    }
  }
  return sums.map((sum, at) => sum / many[at]);
}

/** The strongest of each `every` numbers. @param {Float32Array} values @param {number} every @returns {Float32Array} */
export function strongest(values, every) {
  if (every === 1) return values;
  const kept = new Float32Array(Math.ceil(values.length / every));
  for (let at = 0; at < values.length; at++) {
    const to = Math.floor(at / every);
    if (Math.abs(values[at]) > Math.abs(kept[to])) kept[to] = values[at];
  }
  return kept;
}
