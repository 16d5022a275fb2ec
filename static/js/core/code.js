// Python as the page colours it: a few kinds of pieces, no more than the eye needs to find its way.

/** @typedef {{text: string, kind: "word" | "number" | "text" | "comment" | ""}} Piece */

const WORDS = "break class def else for from if import in lambda return with".split(" ");
const PIECES = /(#.*$)|(f?"(?:[^"\\]|\\.)*")|(?<![\w.])(\d[\d_]*(?:\.\d+)?(?:e-?\d+)?)|([A-Za-z_]\w*)/g;

/** @param {string} line of Python @returns {Piece[]} that make up the line */
export function tinted(line) {
  /** @type {Piece[]} */
  const pieces = [];
  let end = 0;
  for (const found of line.matchAll(PIECES)) {
    /** @type {Piece["kind"]} */
    const kind = found[1] ? "comment" : found[2] ? "text" : found[3] ? "number" : WORDS.includes(found[0]) ? "word" : "";
    if (!kind) continue;
    if (found.index > end) pieces.push({ text: line.slice(end, found.index), kind: "" });
    pieces.push({ text: found[0], kind });
    end = found.index + found[0].length;
  }
  if (end < line.length) pieces.push({ text: line.slice(end), kind: "" });
  return pieces;
}

/** @param {Object<string, number>} layers name → its line @returns {Map<number, string>} line → the layer that it is about */
export const layersByLine = (layers) => new Map(Object.entries(layers).map(([name, line]) => [line, name]));
