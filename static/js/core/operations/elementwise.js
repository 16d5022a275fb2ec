// Operations on number after number, named and with arguments as in PyTorch's ATen.
import { broadcast, stretched, tensor } from "../tensor.js";

/** @typedef {import("../tensor.js").Tensor} Tensor */

const each = (x, change) => tensor(x.shape, x.values.map(change));

/** @param {Tensor} x @param {Tensor | number} y @param {(one: number, other: number) => number} join @returns {Tensor} */
function both(x, y, join) {
  if (typeof y === "number") return each(x, (value) => join(value, y));
  const shape = broadcast(x.shape, y.shape), [one, other] = [stretched(x, shape), stretched(y, shape)];
  return tensor(shape, one.values.map((value, at) => join(value, other.values[at])));
}

export const add = (x, y, alpha = 1) => both(x, y, (one, other) => one + alpha * other);
export const sub = (x, y, alpha = 1) => both(x, y, (one, other) => one - alpha * other);
export const mul = (x, y) => both(x, y, (one, other) => one * other);
export const div = (x, y) => both(x, y, (one, other) => one / other);
export const ge = (x, y) => both(x, y, (one, other) => (one >= other ? 1 : 0));

/** From x to y by a share of the way, which is a number or has a shape of its own. */
export const lerp = (x, y, share) => add(x, mul(sub(y, x), share));

export const abs = (x) => each(x, Math.abs);
export const atan = (x) => each(x, Math.atan);
export const exp = (x) => each(x, Math.exp);
export const floor = (x) => each(x, Math.floor);
export const neg = (x) => each(x, (value) => -value);
export const sin = (x) => each(x, Math.sin);
export const sqrt = (x) => each(x, Math.sqrt);
export const tanh = (x) => each(x, Math.tanh);
export const relu = (x) => each(x, (value) => (value < 0 ? 0 : value));
export const sigmoid = (x) => each(x, logistic);
export const silu = (x) => each(x, (value) => value * logistic(value));

const logistic = (value) => 1 / (1 + Math.exp(-value));

export const leaky_relu = (x, slope) => each(x, (value) => (value < 0 ? value * slope : value));
export const elu = (x, alpha, scale, inputScale) => each(x, (value) => (value > 0 ? value * scale : alpha * scale * Math.expm1(value * inputScale)));
export const softplus = (x, beta, threshold) => each(x, (value) => (value * beta > threshold ? value : Math.log1p(Math.exp(value * beta)) / beta));
export const hardtanh = (x, low, high) => clamp(x, low, high);
export const clamp = (x, low, high) => each(x, (value) => Math.min(Math.max(value, low ?? -Infinity), high ?? Infinity));
export const gelu = (x, approximate) => each(x, approximate === "tanh" ? softened : (value) => (value / 2) * (1 + erf(value / Math.SQRT2)));

const softened = (value) => (value / 2) * (1 + Math.tanh(Math.sqrt(2 / Math.PI) * (value + 0.044715 * value ** 3)));

/** The error function: a series whose terms are all positive, so that nothing is lost. @param {number} x */
function erf(x) {
  if (Math.abs(x) > 6) return Math.sign(x);
  let term = x, sum = x;
  for (let n = 1; Math.abs(term) > 1e-17 * Math.abs(sum); n++) sum += term *= (2 * x * x) / (2 * n + 1);
  return (2 / Math.sqrt(Math.PI)) * Math.exp(-x * x) * sum;
}
