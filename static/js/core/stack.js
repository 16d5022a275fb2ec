// A long network, folded calmly: which rows are full, which are lines, which stand behind "16 more alike".
import { sourcesOf } from "./network.js";

/** @typedef {{from: number, to: number, period: number}} Fold layers from … to − 1 (places) that repeat what stands above them
 * @typedef {{from: number, to: number, lane: number}} Arc rows (0 is the input) from where a layer reads past its neighbour */

const FULL = 11; // rows that all are full
const LONG = 15; // rows from which repeated blocks fold
const BLOCK = 12; // layers of the longest block that is looked for

/** @param {number} rows with the input @returns {boolean} whether layers that only pass their shape on become lines */
export const isLong = (rows) => rows > FULL;

/** Runs of the same block: all but its first and its last time are folded.
 * @param {any[]} layers @param {{shape: number[]}[]} stages @returns {Fold[]} */
export function foldsOf(layers, stages) {
  if (layers.length + 1 < LONG || stages.length < layers.length) return [];
  const words = layers.map((layer, at) => wordOf(layer, stages[at]));
  const folds = [];
  for (let at = 0; at < words.length; ) {
    const best = longest(words, at);
    if (best) folds.push({ from: at + best.period, to: at + best.period * (best.times - 1), period: best.period });
    at += best ? best.period * best.times : 1;
  }
  return folds.filter((fold) => fold.to - fold.from >= 2);
}

/** What a layer is, but for its name and whom it reads. */
function wordOf(layer, { shape }) {
  const fields = Object.entries(layer).filter(([field]) => field !== "name" && field !== "inputs");
  return JSON.stringify([fields.sort(), shape, Boolean(layer.inputs)]);
}

function longest(words, at) {
  let best = null;
  for (let period = 1; period <= BLOCK && at + 3 * period <= words.length; period++) {
    let times = 1;
    while (repeats(words, at, period, times)) times += 1;
    if (times >= 3 && times * period > (best?.times * best?.period || 0)) best = { period, times };
  }
  return best;
}

function repeats(words, at, period, times) {
  const from = at + times * period;
  if (from + period > words.length) return false;
  for (let offset = 0; offset < period; offset++) if (words[from + offset] !== words[at + offset]) return false;
  return true;
}

/** Skip connections, each on a lane that nothing it overlaps uses. Lane 0 is nearest to the cards.
 * @param {import("./network.js").Network} network @returns {Arc[]} */
export function arcsOf(network) {
  const rows = new Map([["input", 0], ...network.layers.map((layer, at) => /** @type {[string, number]} */ ([layer.name, at + 1]))]);
  const spans = network.layers.flatMap((_, at) => sourcesOf(network, at)
    .map((source) => ({ from: rows.get(source) ?? -1, to: at + 1 })).filter(({ from, to }) => from >= 0 && from < to - 1));
  const arcs = [];
  for (const span of spans.sort((one, other) => one.to - one.from - (other.to - other.from))) {
    const taken = arcs.filter((arc) => arc.from < span.to && span.from < arc.to).map((arc) => arc.lane);
    let lane = 0;
    while (taken.includes(lane)) lane += 1;
    arcs.push({ ...span, lane });
  }
  return arcs;
}

/** @param {import("./network.js").Network} network @param {number} index @returns {boolean} whether a layer reads the one above it */
export const readsAbove = (network, index) => sourcesOf(network, index).includes(index ? network.layers[index - 1].name : "input");
