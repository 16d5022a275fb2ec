// Operations that look through windows, named and with arguments as in PyTorch's ATen. One side counts as a picture of one row.
import { tensor } from "../tensor.js";

/** @typedef {import("../tensor.js").Tensor} Tensor */

const flat = (x) => (x.shape.length === 3 ? tensor([x.shape[0], x.shape[1], 1, x.shape[2]], x.values) : x);
const pair = (sizes, one) => (sizes.length === 1 ? [one, sizes[0]] : sizes);

/** The rows (or columns) of the result at which a weight of the kernel meets the picture: [first, behind the last].
 * @param {number} offset where the weight looks for result 0 @param {number} step @param {number} size of the picture @param {number} many results */
const reach = (offset, step, size, many) => [Math.max(0, Math.ceil(-offset / step)), Math.min(many, Math.floor((size - 1 - offset) / step) + 1)];

/** @param {Tensor} x (batch, channels, …) @param {Tensor} weight @param {Tensor | null} bias @param {number[]} stride @param {number[]} padding
 * @param {number[]} dilation @param {boolean} transposed @param {number[]} outside of a transposed one, further rows @param {number} groups */
export function convolution(x, weight, bias, stride, padding, dilation, transposed, outside, groups) {
  const given = { x: flat(x), weight: flat(weight), bias, stride: pair(stride, 1), padding: pair(padding, 0), dilation: pair(dilation, 1), outside: pair(outside, 0), groups };
  const made = transposed ? stamped(given) : slid(given);
  return x.shape.length === 3 ? tensor([made.shape[0], made.shape[1], made.shape[3]], made.values) : made;
}

function slid({ x, weight, bias, stride, padding, dilation, groups }) {
  const [batch, , height, width] = x.shape, [filters, depth, rows, columns] = weight.shape;
  const side = (size, at, kernel) => Math.floor((size + 2 * padding[at] - dilation[at] * (kernel - 1) - 1) / stride[at]) + 1;
  const [tall, wide] = [side(height, 0, rows), side(width, 1, columns)], made = tensor([batch, filters, tall, wide]), sums = new Float64Array(tall * wide);
  for (let plane = 0; plane < batch * filters; plane++) {
    const filter = plane % filters, first = Math.floor(plane / filters) * x.shape[1] + Math.floor(filter / (filters / groups)) * depth;
    sums.fill(bias ? bias.values[filter] : 0);
    for (let at = 0; at < depth * rows * columns; at++) {
      const down = (Math.floor(at / columns) % rows) * dilation[0] - padding[0], right = (at % columns) * dilation[1] - padding[1];
      const from = (first + Math.floor(at / (rows * columns))) * height * width, factor = weight.values[filter * depth * rows * columns + at];
      const [top, bottom] = reach(down, stride[0], height, tall), [left, end] = reach(right, stride[1], width, wide);
      for (let row = top; row < bottom; row++) {
        let here = from + (row * stride[0] + down) * width + left * stride[1] + right;
        for (let to = row * wide + left; to < row * wide + end; to++, here += stride[1]) sums[to] += factor * x.values[here];
      }
    }
    made.values.set(sums, plane * tall * wide);
  }
  return made;
}

function stamped({ x, weight, bias, stride, padding, dilation, outside, groups }) {
  const [batch, channels, height, width] = x.shape, [, depth, rows, columns] = weight.shape, filters = depth * groups;
  const side = (size, at, kernel) => (size - 1) * stride[at] - 2 * padding[at] + dilation[at] * (kernel - 1) + outside[at] + 1;
  const [tall, wide] = [side(height, 0, rows), side(width, 1, columns)], made = tensor([batch, filters, tall, wide]), sums = new Float64Array(tall * wide);
  for (let plane = 0; plane < batch * filters; plane++) {
    const filter = plane % filters, group = Math.floor(filter / depth), each = channels / groups;
    sums.fill(bias ? bias.values[filter] : 0);
    for (let channel = group * each; channel < (group + 1) * each; channel++) {
      const from = (Math.floor(plane / filters) * channels + channel) * height * width;
      for (let at = 0; at < rows * columns; at++) {
        const down = Math.floor(at / columns) * dilation[0] - padding[0], right = (at % columns) * dilation[1] - padding[1];
        const factor = weight.values[(channel * depth + (filter % depth)) * rows * columns + at];
        for (let pixel = 0; pixel < height * width; pixel++) {
          const row = Math.floor(pixel / width) * stride[0] + down, column = (pixel % width) * stride[1] + right;
          if (row >= 0 && row < tall && column >= 0 && column < wide) sums[row * wide + column] += factor * x.values[from + pixel];
        }
      }
    }
    made.values.set(sums, plane * tall * wide);
  }
  return made;
}

/** @param {Tensor} x @param {number[]} size of the result @param {(from: number, row: number, column: number) => number} read a plane that begins at `from` */
function planes(x, size, read) {
  const [height, width] = x.shape.slice(-2), made = tensor([...x.shape.slice(0, -2), ...size]);
  for (let at = 0; at < made.values.length; at++) {
    const column = at % size[1], row = Math.floor(at / size[1]) % size[0], plane = Math.floor(at / (size[0] * size[1]));
    made.values[at] = read(plane * height * width, row, column);
  }
  return made;
}

/** Every block of each picture, as far as it lies on it or in its rings. */
function pooled(x, kernel, stride, padding, ceil, dilation, join) {
  const [height, width] = x.shape.slice(-2), step = stride.length ? stride : kernel;
  const size = [height, width].map((side, at) => {
    const room = side + 2 * padding[at] - dilation[at] * (kernel[at] - 1) - 1, many = (ceil ? Math.ceil : Math.floor)(room / step[at]) + 1;
    return ceil && (many - 1) * step[at] >= side + padding[at] ? many - 1 : many;
  });
  return planes(x, size, (from, row, column) => {
    const [top, left] = [row * step[0] - padding[0], column * step[1] - padding[1]], found = [];
    for (let down = 0; down < kernel[0]; down++) {
      const y = top + down * dilation[0];
      for (let right = 0; right < kernel[1]; right++) {
        const here = left + right * dilation[1];
        if (y >= 0 && y < height && here >= 0 && here < width) found.push(x.values[from + y * width + here]);
      }
    }
    const [deep, broad] = [Math.min(kernel[0], height + padding[0] - top), Math.min(kernel[1], width + padding[1] - left)];
    return join(found, deep * broad);
  });
}

export const max_pool2d_with_indices = (x, kernel, stride, padding, dilation, ceil) =>
  [pooled(x, kernel, stride, padding, ceil, dilation, (found) => found.reduce((best, value) => (value > best ? value : best), -Infinity))];

const sum = (found) => found.reduce((all, value) => all + value, 0);

export const avg_pool2d = (x, kernel, stride, padding, ceil, rings, divisor) =>
  pooled(x, kernel, stride, padding, ceil, [1, 1], (found, whole) => sum(found) / (divisor ?? (rings ? whole : found.length)));

/** @param {Tensor} x @param {number[]} size @returns {Tensor} */
export function adaptive_avg_pool2d(x, size) {
  const [height, width] = x.shape.slice(-2), begin = (at, many, side) => Math.floor((at * side) / many), end = (at, many, side) => Math.ceil(((at + 1) * side) / many);
  return planes(x, size, (from, row, column) => {
    let total = 0, many = 0;
    for (let y = begin(row, size[0], height); y < end(row, size[0], height); y++) {
      for (let here = begin(column, size[1], width); here < end(column, size[1], width); here++, many++) total += x.values[from + y * width + here];
    }
    return total / many;
  });
}

/** @param {Tensor} x @param {number[]} size @param {number | null} down @param {number | null} right how many times larger @returns {Tensor} */
export function upsample_nearest2d(x, size, down, right) {
  const [height, width] = x.shape.slice(-2), at = (index, side, many, scale) => Math.min(side - 1, Math.floor(index * (scale ? 1 / scale : side / many)));
  return planes(x, size, (from, row, column) => x.values[from + at(row, height, size[0], down) * width + at(column, width, size[1], right)]);
}

/** @param {Tensor} x @param {number[]} size @param {boolean} corners whether the corners stay where they are @returns {Tensor} */
export function upsample_bilinear2d(x, size, corners, down, right) {
  const [height, width] = x.shape.slice(-2);
  const place = (index, side, many, scale) => {
    const at = corners ? (many > 1 ? (index * (side - 1)) / (many - 1) : 0) : Math.max(0, (index + 0.5) * (scale ? 1 / scale : side / many) - 0.5);
    const low = Math.min(side - 1, Math.floor(at));
    return [low, Math.min(side - 1, low + 1), at - low];
  };
  return planes(x, size, (from, row, column) => {
    const [top, bottom, y] = place(row, height, size[0], down), [left, end, share] = place(column, width, size[1], right);
    const line = (at) => x.values[from + at * width + left] * (1 - share) + x.values[from + at * width + end] * share;
    return line(top) * (1 - y) + line(bottom) * y;
  });
}
