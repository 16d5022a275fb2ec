// Plays a tape: the operations of a network in order, as PyTorch names them, with its weights. Nothing else is needed to answer.
import * as arranging from "./operations/arranging.js";
import * as elementwise from "./operations/elementwise.js";
import * as products from "./operations/products.js";
import * as windows from "./operations/windows.js";
import { tensor } from "./tensor.js";

/** @typedef {import("./tensor.js").Tensor} Tensor */
/** @typedef {{name: string, label: string, shape: number[], value: number, parameters: number}} TapeLayer */
/** @typedef {{format: number, input: number[], weights: {value: number, shape: number[], at: number}[], operations: [string, any[], number[]][],
 *   layers: TapeLayer[], gives_probabilities: boolean}} Tape `value`s are numbered; 0 is the picture */

/** @type {Object<string, (...given: any[]) => Tensor | Tensor[]>} */
const OPERATIONS = { ...arranging, ...elementwise, ...products, ...windows };

/** @param {Tape} tape @param {Float32Array} weights of all layers, one behind the other
 * @returns {(picture: Float32Array) => {outputs: Map<string, Tensor>, probabilities: number[] | null}} what each layer gives for a picture */
export function player(tape, weights) {
  if (tape.format !== 1) throw new Error(`A tape of format ${tape.format}; this page plays format 1`);
  const fixed = tape.weights.map(({ value, shape, at }) => /** @type {[number, Tensor]} */ ([value, tensor(shape, weights.subarray(at, at + size(shape)))]));
  const constants = new Map(fixed);
  const moving = tape.operations.filter((operation) => !perform(operation, constants));

  return (picture) => {
    const values = new Map([...constants, [0, tensor([1, ...tape.input], picture)]]);
    for (const operation of moving) perform(operation, values);
    const outputs = new Map(tape.layers.map(({ name, value }) => [name, values.get(value)]));
    return { outputs, probabilities: chances(values.get(tape.layers[tape.layers.length - 1].value), tape.gives_probabilities) };
  };
}

const size = (shape) => shape.reduce((product, side) => product * side, 1);

/** Does one operation, if all is there that it takes: what depends on weights alone is done once. @returns {boolean} */
function perform([name, given, makes], values) {
  const known = new Set(), filled = filling(given, values, known);
  if (known.has(undefined)) return false;
  const made = OPERATIONS[name](...filled);
  (Array.isArray(made) ? made : [made]).forEach((one, at) => makes[at] !== undefined && values.set(makes[at], one));
  return true;
}

/** Arguments with tensors in the places of their numbers: {"v": 12} stands for value 12. */
function filling(given, values, known) {
  return given.map((one) => {
    if (Array.isArray(one)) return filling(one, values, known);
    if (one === null || typeof one !== "object") return one;
    known.add(values.get(one.v));
    return values.get(one.v);
  });
}

/** @param {Tensor} answer @param {boolean} already whether it holds probabilities @returns {number[] | null} null where they are no row, or not finite */
function chances(answer, already) {
  if (answer.shape.length !== 2) return null;
  const told = [...(already ? answer : /** @type {Tensor} */ (products.softmax(answer, 1))).values];
  return told.every(Number.isFinite) ? told : null;
}
