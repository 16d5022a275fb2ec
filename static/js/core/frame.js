// Reads a frame (see docs/protocol.md): a length, a JSON header, then blocks that are looked at where they lie.

/** @typedef {{name: string, shape: number[], first: number, count: number, encoding: "uint8" | "float32", offset: number,
 *   length: number, low: number[], high: number[], top: number, values: Uint8Array | Float32Array}} Block */
/** @typedef {{id: string, digit: number | null, probabilities: number[] | null, blank: boolean, box: number[] | null,
 *   pictures: Block[], layers: Block[]}} Probe */
/** @typedef {{format: number, kind: string, request: number, weights: any, probes: Probe[]}} Frame */

const text = new TextDecoder();

/** @param {ArrayBuffer} bytes @returns {Frame} its blocks share memory with `bytes` */
export function decode(bytes) {
  const length = new DataView(bytes).getUint32(0, true);
  const frame = JSON.parse(text.decode(new Uint8Array(bytes, 4, length)));
  if (frame.format !== 1) throw new Error(`A frame of format ${frame.format}; this page reads format 1`);
  for (const probe of frame.probes) {
    for (const block of [...(probe.pictures ??= []), ...(probe.layers ??= [])]) block.values = view(bytes, 4 + length + block.offset, block);
  }
  return frame;
}

function view(bytes, at, block) {
  return block.encoding === "float32" ? new Float32Array(bytes, at, block.length / 4) : new Uint8Array(bytes, at, block.length);
}

/** @param {Block} block @param {number} index among the numbers that the block carries @returns {number} */
export function valueAt(block, index) {
  if (block.encoding === "float32") return block.values[index];
  const picture = Math.floor(index / (block.values.length / Math.max(1, block.count)));
  return block.low[picture] + (block.values[index] / 255) * (block.high[picture] - block.low[picture]);
}

/** @param {Block} block @returns {Float32Array} all its numbers */
export function numbers(block) {
  if (block.encoding === "float32") return /** @type {Float32Array} */ (block.values);
  return Float32Array.from(block.values, (_, index) => valueAt(block, index));
}

/** @param {Frame | null} frame @param {string} id @returns {Probe | null} */
export const probeOf = (frame, id) => frame?.probes.find((probe) => probe.id === id) ?? null;

/** @param {Probe | null} probe @param {string} name @returns {Block | null} */
export const layerOf = (probe, name) => probe?.layers.find((block) => block.name === name) ?? null;

/** @param {Uint8Array} bytes @returns {string} base64 */
export function toBase64(bytes) {
  let letters = "";
  for (const byte of bytes) letters += String.fromCharCode(byte);
  return btoa(letters);
}

/** @param {string} letters base64 @returns {Uint8Array} */
export const fromBase64 = (letters) => Uint8Array.from(atob(letters), (letter) => letter.charCodeAt(0));
