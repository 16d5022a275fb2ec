// Operations that only arrange numbers anew, named and with arguments as in PyTorch's ATen.
import { gathered, sideOf, sizeOf, stretched, stridesOf, tensor } from "../tensor.js";

/** @typedef {import("../tensor.js").Tensor} Tensor */

/** The same numbers in another shape; one side may be −1. @param {Tensor} x @param {number[]} size @returns {Tensor} */
export function view(x, size) {
  const known = size.reduce((product, side) => (side < 0 ? product : product * side), 1);
  return tensor(size.map((side) => (side < 0 ? x.values.length / known : side)), x.values);
}

export const unsafe_view = view;
export const reshape = view;

/** @param {Tensor} x @returns {Tensor} */
export const clone = (x) => x;
export const alias = clone;
export const detach = clone;
export const to_copy = clone;

/** @param {Tensor} x @param {number[]} dims @returns {Tensor} */
export function permute(x, dims) {
  const strides = stridesOf(x.shape), sides = dims.map((dim) => sideOf(dim, x.shape.length));
  return gathered(x, sides.map((side) => x.shape[side]), sides.map((side) => strides[side]));
}

/** @param {Tensor} x @param {number} one @param {number} other @returns {Tensor} */
export function transpose(x, one, other) {
  const dims = x.shape.map((_, at) => at), [a, b] = [sideOf(one, dims.length), sideOf(other, dims.length)];
  [dims[a], dims[b]] = [b, a];
  return permute(x, dims);
}

export const t = (x) => (x.shape.length < 2 ? x : transpose(x, 0, 1));

export const expand = (x, size) => stretched(x, size.map((side, at) => (side < 0 ? x.shape[at - size.length + x.shape.length] : side)));

export const unsqueeze = (x, dim) => tensor(x.shape.toSpliced(sideOf(dim, x.shape.length + 1), 0, 1), x.values);

/** @param {Tensor} x @param {number} dim taken away where it has one number @returns {Tensor} */
export function squeeze(x, dim) {
  const side = sideOf(dim, x.shape.length);
  return x.shape[side] === 1 ? tensor(x.shape.toSpliced(side, 1), x.values) : x;
}

/** @param {Tensor} x @param {number} dim @param {number} index @returns {Tensor} */
export function select(x, dim, index) {
  const side = sideOf(dim, x.shape.length), strides = stridesOf(x.shape), from = sideOf(index, x.shape[side]);
  return gathered(x, x.shape.toSpliced(side, 1), strides.toSpliced(side, 1), from * strides[side]);
}

/** @param {Tensor} x @param {number} [dim] @param {number | null} [start] @param {number | null} [end] @param {number} [step] @returns {Tensor} */
export function slice(x, dim = 0, start = 0, end = null, step = 1) {
  const side = sideOf(dim, x.shape.length), strides = stridesOf(x.shape), length = x.shape[side];
  const [from, to] = [sideOf(start ?? 0, length), Math.min(length, sideOf(end ?? length, length))];
  const shape = x.shape.with(side, Math.max(0, Math.ceil((to - from) / step)));
  return gathered(x, shape, strides.with(side, strides[side] * step), from * strides[side]);
}

/** @param {Tensor[]} all @param {number} [dim] @returns {Tensor} one behind the other */
export function cat(all, dim = 0) {
  const side = sideOf(dim, all[0].shape.length), shape = all[0].shape.with(side, all.reduce((sum, x) => sum + x.shape[side], 0));
  const made = tensor(shape), inner = sizeOf(shape.slice(side + 1)), row = inner * shape[side];
  let begin = 0;
  for (const x of all) {
    const piece = inner * x.shape[side];
    for (let at = 0; at * piece < x.values.length; at++) made.values.set(x.values.subarray(at * piece, (at + 1) * piece), at * row + begin);
    begin += piece;
  }
  return made;
}

export const stack = (all, dim = 0) => cat(all.map((x) => unsqueeze(x, dim < 0 ? dim + all[0].shape.length + 1 : dim)), dim < 0 ? dim + all[0].shape.length + 1 : dim);

/** @param {Tensor} x @param {number} size @param {number} [dim] @returns {Tensor[]} pieces of that length, the last perhaps shorter */
export function split(x, size, dim = 0) {
  const length = x.shape[sideOf(dim, x.shape.length)];
  return Array.from({ length: Math.ceil(length / size) }, (_, at) => slice(x, dim, at * size, Math.min(length, (at + 1) * size)));
}

export const unsafe_split = split;

export const unbind = (x, dim = 0) => Array.from({ length: x.shape[sideOf(dim, x.shape.length)] }, (_, at) => select(x, dim, at));

/** @param {Tensor} x @param {number[]} times along each side @returns {Tensor} */
export function repeat(x, times) {
  let made = view(x, [...new Array(times.length - x.shape.length).fill(1), ...x.shape]);
  times.forEach((count, side) => (made = count === 1 ? made : cat(new Array(count).fill(made), side)));
  return made;
}

/** @param {Tensor} x @param {number[]} rings before and after the last side, then the one before it … @param {number} [value] @returns {Tensor} */
export function constant_pad_nd(x, rings, value = 0) {
  let made = x;
  for (let at = 0; at < rings.length / 2; at++) {
    const side = x.shape.length - 1 - at, ring = (count) => {
      const filled = tensor(made.shape.with(side, count));
      filled.values.fill(value);
      return filled;
    };
    made = cat([ring(rings[2 * at]), made, ring(rings[2 * at + 1])], side);
  }
  return made;
}

export const zeros = (size) => tensor(size);

/** The rows of a table. @param {Tensor} table @param {Tensor} rows whole numbers @returns {Tensor} */
export function embedding(table, rows) {
  const width = table.shape[1], made = tensor([...rows.shape, width]);
  rows.values.forEach((row, at) => made.values.set(table.values.subarray(row * width, (row + 1) * width), at * width));
  return made;
}
