// Axes of the curves: which part is shown, where the ticks stand. Pure, so that odd runs can be tried in a test.
import { percent } from "./numbers.js";

const WORD = 56; // pixels that "epoch 1" needs

/** @param {any} transcript @param {number} planned steps, where no run has started @param {number} width of the curve in pixels
 * @returns {{range: number[], tickvals: number[], ticktext: string[], tickangle: number}} */
export function stepAxis({ started, step }, planned, width) {
  const steps = Math.max(started?.steps ?? planned, step, 1), epochs = started?.epochs ?? 1, length = started?.batches_per_epoch ?? steps;
  const every = Math.max(1, Math.ceil(epochs / Math.min(5, Math.max(1, Math.floor(width / WORD)))));
  const marks = Array.from({ length: Math.floor(epochs / every) }, (_, at) => (at + 1) * every);
  return {
    range: [0, steps * 1.01],
    tickvals: [0, ...marks.map((epoch) => epoch * length)],
    ticktext: ["", ...marks.map((epoch) => (started ? `epoch ${epoch}` : ""))],
    tickangle: 0,
  };
}

const LOSS_TICKS = [0.00001, 0.00003, 0.0001, 0.0003, 0.001, 0.003, 0.01, 0.03, 0.1, 0.3, 1, 3, 10, 30, 100];

const DECADES = 5; // a run that diverges spans more: then only some powers of ten have room

/** @param {number[]} range of exponents @returns {number[]} */
function decades(range) {
  const [low, high] = range;
  const first = Math.ceil(low), every = Math.ceil((high - low) / DECADES);
  return Array.from({ length: Math.floor((high - first) / every) + 1 }, (_, at) => Number(`1e${first + at * every}`));
}

/** @param {number[]} seen errors that must be visible @param {boolean} isLog @param {boolean} [isOfTen] classes, whose loss begins at ln 10
 * @returns {any} a Plotly axis */
export function lossAxis(seen, isLog, isOfTen = true) {
  const top = Math.max(...seen.slice(0, 400)), least = Math.min(...seen.filter((loss) => loss > 0), isOfTen ? 1 : top) * 0.6;
  const high = isOfTen && top <= 3 ? 3.15 : top * 1.3, low = isOfTen ? Math.min(0.025, least) : least;
  if (!isLog) return { type: "linear", range: [0, high], nticks: 5, tickmode: "auto" };
  const range = [Math.log10(Math.max(low, isOfTen ? 1e-4 : 1e-6)), Math.log10(high)];
  const ticks = range[1] - range[0] > DECADES ? decades(range) : LOSS_TICKS;
  return { type: "log", range, tickmode: "array", tickvals: ticks, ticktext: ticks.map((tick) => (tick < 1e4 ? String(tick) : tick.toExponential(0))) };
}

/** @param {boolean} isClose only the upper part @returns {any} a Plotly axis */
export function accuracyAxis(isClose) {
  const tickvals = isClose ? [0.6, 0.7, 0.8, 0.9, 1] : [0, 0.25, 0.5, 0.75, 1];
  const range = isClose ? [0.595, 1.005] : [-0.01, 1.01];
  return { type: "linear", range, tickmode: "array", tickvals, ticktext: tickvals.map((value) => String(Math.round(value * 100))) };
}

/** What guessing gets, with ten digits. */
export const GUESS = { loss: { value: Math.log(10), text: "guessing 2.303" }, measure: { value: 0.1, text: `guessing ${percent(0.1)}` } };
