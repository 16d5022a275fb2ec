// How numbers are written on the page: thin groups, true minus, no-break spaces, never a sign on a written zero.

const whole = new Intl.NumberFormat("en");
const NARROW = "\u202f";

/** @param {number} value @returns {string} a count with groups of three */
export const count = (value) => whole.format(Math.round(value));

const writesAsZero = (value, digits) => Math.abs(value) < 0.5 * 10 ** -digits;

/** @param {number} value @param {number} [digits] @returns {string} always with its sign, unless written as zero */
export function signed(value, digits = 2) {
  const sign = writesAsZero(value, digits) ? "" : value < 0 ? "−" : "+";
  return sign + Math.abs(value).toFixed(digits);
}

/** @param {number} value @param {number} [digits] @returns {string} with a true minus where it is negative */
export function plain(value, digits = 2) {
  return (value < 0 && !writesAsZero(value, digits) ? "−" : "") + Math.abs(value).toFixed(digits);
}

/** A number in few letters: 13, 4.2, −0.73. */
export function short(value) {
  const size = Math.abs(value);
  return plain(value, size >= 9.95 ? 0 : size >= 0.995 || size === 0 ? 1 : 2);
}

/** A number in two or three letters, for the narrowest place: 13, 4.2, −.7. */
export const shortest = (value) => plain(value, Math.abs(value) < 9.95 ? 1 : 0).replace("0.", ".");

/** @param {number} fraction 0…1 @param {number} [digits] @returns {string} 100 % only when it is exact */
export function percent(fraction, digits = 1) {
  if (fraction < 1 && fraction >= 1 - 0.5 * 10 ** (-digits - 2)) {
    return `>${NARROW}99${digits ? "." + "9".repeat(digits) : ""}${NARROW}%`;
  }
  return `${(fraction * 100).toFixed(digits)}${NARROW}%`;
}

/** @param {number[]} shape @returns {string} such as 8 × 28 × 28 */
export const shapeText = (shape) => shape.map(count).join("\u00a0×\u00a0");

/** Signs that belong between two numbers never begin or end a line: 3 × 3, 0 … 1. @param {string} text @returns {string} */
export const unbroken = (text) => text.replace(/ ([×…→]) /g, "\u00a0$1\u00a0");

/** @param {number} value @returns {string} such as 290 k or 4.2 M */
export function amount(value) {
  if (value >= 1e9) return `${(value / 1e9).toFixed(1)}\u00a0G`;
  if (value >= 1e7) return `${(value / 1e6).toFixed(0)}\u00a0M`;
  if (value >= 1e6) return `${(value / 1e6).toFixed(1)}\u00a0M`;
  return value >= 1e4 ? `${count(value / 1000)}\u00a0k` : count(value);
}

/** @param {number} seconds @returns {string} such as 2.1 s, 1 min 5 s or 2 h 3 min */
export function duration(seconds) {
  if (seconds < 59.95) return `${seconds.toFixed(seconds < 9.95 ? 1 : 0)}\u00a0s`;
  const all = Math.round(seconds);
  if (all < 3600) return `${Math.floor(all / 60)}\u00a0min ${all % 60}\u00a0s`;
  return `${Math.floor(all / 3600)}\u00a0h ${Math.floor((all % 3600) / 60)}\u00a0min`;
}

/** @param {number} seconds that are only estimated @returns {string} such as about 40 s, about 2 min */
export function roughly(seconds) {
  if (seconds < 8) return "a few seconds";
  if (seconds < 55) return `about ${Math.round(seconds / 5) * 5}\u00a0s`;
  if (seconds < 5400) return `about ${Math.max(1, Math.round(seconds / 60))}\u00a0min`;
  return `about ${Math.round(seconds / 3600)}\u00a0h`;
}

/** @param {string} time as the server writes it @param {Date} [now] @returns {string} such as 9:05 for today, else 21 Nov */
export function when(time, now = new Date()) {
  const then = new Date(time);
  if (then.toDateString() === now.toDateString()) return `${then.getHours()}:${String(then.getMinutes()).padStart(2, "0")}`;
  return then.toLocaleDateString("en-GB", { day: "numeric", month: "short", ...(then.getFullYear() === now.getFullYear() ? {} : { year: "numeric" }) });
}

/** @param {number} value a learning rate @returns {string} such as 0.001 or 3e-5 */
export const rate = (value) => (value >= 1e-4 ? String(Number(value.toPrecision(3))) : Number(value.toPrecision(3)).toExponential());

/** @param {number} place @returns {string} such as 2nd */
export function ordinal(place) {
  const teen = place % 100 > 10 && place % 100 < 14;
  return place + ((!teen && ["", "st", "nd", "rd"][place % 10]) || "th");
}
