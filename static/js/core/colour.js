// Colour scales: mixed in OKLab so that equal steps of a number look equal.

const linear = (v) => ((v /= 255) <= 0.04045 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4);
const gamma = (v) => Math.round(255 * Math.min(1, Math.max(0, v <= 0.0031308 ? 12.92 * v : 1.055 * v ** (1 / 2.4) - 0.055)));

function toLab(hex) {
  const [r, g, b] = [1, 3, 5].map((at) => linear(parseInt(hex.slice(at, at + 2), 16)));
  const l = Math.cbrt(0.4122214708 * r + 0.5363325363 * g + 0.0514459929 * b);
  const m = Math.cbrt(0.2119034982 * r + 0.6806995451 * g + 0.1073969566 * b);
  const s = Math.cbrt(0.0883024619 * r + 0.2817188376 * g + 0.6299787005 * b);
  return [
    0.2104542553 * l + 0.793617785 * m - 0.0040720468 * s,
    1.9779984951 * l - 2.428592205 * m + 0.4505937099 * s,
    0.0259040371 * l + 0.7827717662 * m - 0.808675766 * s,
  ];
}

/** @param {number[]} lab */
function fromLab([light, a, b]) {
  const l = (light + 0.3963377774 * a + 0.2158037573 * b) ** 3;
  const m = (light - 0.1055613458 * a - 0.0638541728 * b) ** 3;
  const s = (light - 0.0894841775 * a - 1.291485548 * b) ** 3;
  return [
    4.0767416621 * l - 3.3077115913 * m + 0.2309699292 * s,
    -1.2684380046 * l + 2.6097574011 * m - 0.3413193965 * s,
    -0.0041960863 * l - 0.7034186147 * m + 1.707614701 * s,
  ].map(gamma);
}

export const STEPS = 255;

/** @param {string[]} stops colours as #rrggbb @returns {Uint32Array} STEPS colours as pixels of ImageData (little endian ABGR) */
export function ramp(stops) {
  const labs = stops.map(toLab);
  return Uint32Array.from({ length: STEPS }, (_, step) => {
    const t = (step / (STEPS - 1)) * (labs.length - 1), k = Math.min(labs.length - 2, Math.floor(t));
    const [r, g, b] = fromLab(labs[k].map((v, j) => v + (labs[k + 1][j] - v) * (t - k)));
    return ((255 << 24) | (b << 16) | (g << 8) | r) >>> 0;
  });
}

/** @param {number} pixel @returns {string} for CSS */
export const css = (pixel) => `rgb(${pixel & 255} ${(pixel >> 8) & 255} ${(pixel >> 16) & 255})`;

/** Place on a scale. Signed: −top, 0, top are its ends and its middle. Amount: 0 … top.
 * @param {number} value @param {number} top @param {boolean} isAmount @returns {number} 0 … STEPS − 1 */
export function place(value, top, isAmount) {
  const t = isAmount ? value / top : 0.5 + value / top / 2;
  return t <= 0 ? 0 : t >= 1 ? STEPS - 1 : Math.round(t * (STEPS - 1)) || 0;
}
