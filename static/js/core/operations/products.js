// Products of matrices, sums, and what brings numbers to a common measure; named and with arguments as in PyTorch's ATen.
import { sideOf, sizeOf, stretched, tensor } from "../tensor.js";
import { add, mul } from "./elementwise.js";

/** @typedef {import("../tensor.js").Tensor} Tensor */

/** @param {Float32Array} x rows × inner @param {Float32Array} y inner × columns @param {Float32Array} made rows × columns */
function multiply(x, y, made, rows, inner, columns) {
  const sums = new Float64Array(columns);
  for (let row = 0; row < rows; row++) {
    sums.fill(0);
    for (let at = 0; at < inner; at++) {
      const factor = x[row * inner + at];
      if (factor) for (let column = 0, from = at * columns; column < columns; column++) sums[column] += factor * y[from + column];
    }
    made.set(sums, row * columns);
  }
}

/** @param {Tensor} x @param {Tensor} y @returns {Tensor} */
export function mm(x, y) {
  const [rows, inner] = x.shape, columns = y.shape[1], made = tensor([rows, columns]);
  multiply(x.values, y.values, made.values, rows, inner, columns);
  return made;
}

/** @param {Tensor} x @param {Tensor} y batches of matrices @returns {Tensor} */
export function bmm(x, y) {
  const [batch, rows, inner] = x.shape, columns = y.shape[2], made = tensor([batch, rows, columns]);
  const part = (values, size, at) => values.subarray(at * size, (at + 1) * size);
  for (let at = 0; at < batch; at++) multiply(part(x.values, rows * inner, at), part(y.values, inner * columns, at), part(made.values, rows * columns, at), rows, inner, columns);
  return made;
}

export const addmm = (bias, x, y, beta = 1, alpha = 1) => add(beta === 1 ? bias : mul(bias, beta), mm(x, y), alpha);

/** @param {Tensor} x @param {number[]} dims @param {boolean} [keepdim] @returns {Tensor} */
export function mean(x, dims, keepdim = false) {
  const sides = dims.map((dim) => sideOf(dim, x.shape.length)), kept = x.shape.map((side, at) => (sides.includes(at) ? 1 : side));
  const to = stretched(tensor(kept, Float32Array.from({ length: sizeOf(kept) }, (_, at) => at)), x.shape), sums = new Float64Array(sizeOf(kept));
  x.values.forEach((value, at) => (sums[to.values[at]] += value));
  const many = x.values.length / sums.length, shape = keepdim ? kept : kept.filter((_, at) => !sides.includes(at));
  return tensor(shape, Float32Array.from(sums, (sum) => sum / many));
}

/** @param {Tensor} x @param {number} dim @returns {Tensor} */
export const softmax = (x, dim) => shares(x, dim, (value, highest, sum) => Math.exp(value - highest) / sum);

/** Its logarithms, exact when they are tiny. @param {Tensor} x @param {number} dim @returns {Tensor} */
export const log_softmax = (x, dim) => shares(x, dim, (value, highest, sum) => value - highest - Math.log(sum));

function shares(x, dim, told) {
  const side = sideOf(dim, x.shape.length), many = x.shape[side], step = sizeOf(x.shape.slice(side + 1)), made = tensor(x.shape);
  for (let row = 0; row < x.values.length / many; row++) {
    const from = Math.floor(row / step) * step * many + (row % step), at = (k) => from + k * step;
    let highest = -Infinity, sum = 0;
    for (let k = 0; k < many; k++) highest = Math.max(highest, x.values[at(k)]);
    for (let k = 0; k < many; k++) sum += Math.exp(x.values[at(k)] - highest);
    for (let k = 0; k < many; k++) made.values[at(k)] = told(x.values[at(k)], highest, sum);
  }
  return made;
}

export const safe_softmax = softmax;

/** Every stretch of `many` numbers with mean 0 and spread 1. @param {Tensor} x @param {number} many @param {number} eps @returns {Tensor} */
function evened(x, many, eps) {
  const made = tensor(x.shape);
  for (let from = 0; from < x.values.length; from += many) {
    const part = x.values.subarray(from, from + many), middle = part.reduce((sum, value) => sum + value, 0) / many;
    const spread = Math.sqrt(part.reduce((sum, value) => sum + (value - middle) ** 2, 0) / many + eps);
    for (let at = 0; at < many; at++) made.values[from + at] = (part[at] - middle) / spread;
  }
  return made;
}

/** @param {Tensor} x @param {number[]} over @param {Tensor | null} scale @param {Tensor | null} shift @param {number} eps */
export function native_layer_norm(x, over, scale, shift, eps) {
  const flat = evened(x, sizeOf(over), eps), scaled = scale ? mul(flat, scale) : flat;
  return [shift ? add(scaled, shift) : scaled];
}

/** @param {Tensor} x @param {Tensor | null} scale @param {Tensor | null} shift of each channel */
export function native_group_norm(x, scale, shift, _batch, channels, size, groups, eps) {
  return [ofChannels(evened(x, (channels / groups) * size, eps), (at, value) => value * (scale?.values[at] ?? 1) + (shift?.values[at] ?? 0))];
}

/** @param {Tensor} x @param {Tensor | null} scale @param {Tensor | null} shift @param {Tensor | null} means @param {Tensor | null} variances
 * @param {boolean} training then mean and variance are those of the batch at hand */
export function native_batch_norm(x, scale, shift, means, variances, training, _momentum, eps) {
  const [middles, spreads] = training ? measured(x) : [means.values, variances.values];
  return [ofChannels(x, (at, value) => ((value - middles[at]) / Math.sqrt(spreads[at] + eps)) * (scale?.values[at] ?? 1) + (shift?.values[at] ?? 0))];
}

/** @returns {Float64Array[]} mean and variance of each channel */
function measured(x) {
  const channels = x.shape[1], sums = new Float64Array(channels), squares = new Float64Array(channels), many = x.values.length / channels;
  ofChannels(x, (at, value) => (sums[at] += value / many));
  ofChannels(x, (at, value) => (squares[at] += (value - sums[at]) ** 2 / many));
  return [sums, squares];
}

/** @param {Tensor} x @param {(channel: number, value: number) => number} change @returns {Tensor} */
function ofChannels(x, change) {
  const channels = x.shape[1], size = sizeOf(x.shape.slice(2));
  return tensor(x.shape, x.values.map((value, at) => change(Math.floor(at / size) % channels, value)));
}
