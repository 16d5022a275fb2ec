// Numbers to pixels: one canvas pixel a number; CSS enlarges by whole cells. Images are reused, scales are tables.
import { STEPS, css, place, ramp } from "../core/colour.js";

/** @typedef {{signed: Uint32Array, amount: Uint32Array}} Scales */

/** @returns {Scales} read from the tokens of the theme */
export function readScales() {
  const style = getComputedStyle(document.documentElement);
  const token = (name) => style.getPropertyValue(name).trim();
  return {
    signed: ramp(["--neg-2", "--neg-1", "--zero", "--pos-1", "--pos-2"].map(token)),
    amount: ramp(["--amount-0", "--amount-1", "--amount-2"].map(token)),
  };
}

let scales = /** @type {Scales | null} */ (null);
export const currentScales = () => (scales ??= readScales());
export const forgetScales = () => (scales = null);

const images = new Map();

function imageOf(width, height) {
  const key = width * 65536 + height;
  let image = images.get(key);
  if (!image) {
    const pixels = new ImageData(width, height);
    images.set(key, (image = { pixels, words: new Uint32Array(pixels.data.buffer) }));
  }
  return image;
}

/** @param {HTMLCanvasElement} canvas @param {number} width @param {number} height in pixels of its own */
export function fit(canvas, width, height) {
  if (canvas.width !== width) canvas.width = width;
  if (canvas.height !== height) canvas.height = height;
}

const table = new Uint32Array(256);

/** Paints `width × height` bytes that mean low + byte / 255 × (high − low).
 * @param {HTMLCanvasElement} canvas @param {Uint8Array} bytes @param {number} from @param {number} width @param {number} height
 * @param {{low: number, high: number, top: number, isAmount?: boolean}} scale */
export function paintBytes(canvas, bytes, from, width, height, { low, high, top, isAmount = false }) {
  const ramp = currentScales()[isAmount ? "amount" : "signed"], { pixels, words } = imageOf(width, height);
  for (let byte = 0; byte < 256; byte++) table[byte] = ramp[place(low + (byte / 255) * (high - low), top, isAmount)];
  for (let at = 0, size = width * height; at < size; at++) words[at] = table[bytes[from + at]];
  put(canvas, pixels);
}

/** @param {HTMLCanvasElement} canvas @param {Float32Array} values @param {number} from @param {number} width @param {number} height
 * @param {{top: number, isAmount?: boolean}} scale numbers beyond the end are left clear */
export function paintNumbers(canvas, values, from, width, height, { top, isAmount = false }) {
  const ramp = currentScales()[isAmount ? "amount" : "signed"], { pixels, words } = imageOf(width, height), left = values.length - from;
  for (let at = 0, size = width * height; at < size; at++) words[at] = at < left ? ramp[place(values[from + at], top || 1, isAmount)] : 0;
  put(canvas, pixels);
}

function put(canvas, pixels) {
  fit(canvas, pixels.width, pixels.height);
  canvas.getContext("2d").putImageData(pixels, 0, 0);
}

/** @param {HTMLCanvasElement} canvas the whole scale, for a legend @param {boolean} isAmount */
export function paintScale(canvas, isAmount) {
  const values = Float32Array.from({ length: 64 }, (_, at) => (isAmount ? at / 63 : (at / 63) * 2 - 1));
  paintNumbers(canvas, values, 0, 64, 1, { top: 1, isAmount });
}

/** @param {number} value −1 … 1 @returns {string} its colour on the signed scale */
export const signedCss = (value) => css(currentScales().signed[place(value, 1, false)] ?? currentScales().signed[STEPS >> 1]);
