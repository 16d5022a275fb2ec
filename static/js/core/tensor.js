// Tensors of float32, always dense, in the order of their last side.

/** @typedef {{shape: number[], values: Float32Array}} Tensor */

/** @param {number[]} shape @returns {number} how many numbers it holds */
export const sizeOf = (shape) => shape.reduce((product, side) => product * side, 1);

/** @param {number[]} shape @param {Float32Array} [values] zeros where they are missing @returns {Tensor} */
export const tensor = (shape, values = new Float32Array(sizeOf(shape))) => ({ shape, values });

/** @param {number[]} shape @returns {number[]} how far apart neighbours along each side lie */
export function stridesOf(shape) {
  const strides = new Array(shape.length).fill(1);
  for (let at = shape.length - 2; at >= 0; at--) strides[at] = strides[at + 1] * shape[at + 1];
  return strides;
}

/** @param {number} dim perhaps counted from the end @param {number} sides @returns {number} counted from the first */
export const sideOf = (dim, sides) => (dim < 0 ? dim + sides : dim);

/** A copy of numbers that lie anywhere: number (i, j, …) of the result is at offset + i · strides[0] + j · strides[1] + …
 * @param {Tensor} x @param {number[]} shape @param {number[]} strides @param {number} [offset] @returns {Tensor} */
export function gathered(x, shape, strides, offset = 0) {
  const made = tensor(shape), last = shape.length - 1, index = new Array(shape.length).fill(0);
  if (last < 0) return tensor(shape, x.values.slice(offset, offset + 1));
  for (let at = 0, from = offset; at < made.values.length; ) {
    for (let step = 0, here = from; step < shape[last]; step++, here += strides[last]) made.values[at++] = x.values[here];
    for (let side = last - 1; side >= 0; side--) {
      from += strides[side];
      if (++index[side] < shape[side]) break;
      from -= strides[side] * shape[side];
      index[side] = 0;
    }
  }
  return made;
}

/** @param {number[]} one @param {number[]} other @returns {number[]} the shape of both after broadcasting */
export function broadcast(one, other) {
  const length = Math.max(one.length, other.length), padded = (shape) => [...new Array(length - shape.length).fill(1), ...shape], [a, b] = [padded(one), padded(other)];
  return a.map((side, at) => (side === 1 ? b[at] : side));
}

/** @param {Tensor} x @param {number[]} shape that it broadcasts to @returns {Tensor} */
export function stretched(x, shape) {
  if (x.shape.length === shape.length && x.shape.every((side, at) => side === shape[at])) return x;
  const strides = stridesOf(x.shape), missing = shape.length - x.shape.length;
  return gathered(x, shape, shape.map((_, at) => (at < missing || x.shape[at - missing] === 1 ? 0 : strides[at - missing])));
}
