// A search for a learning rate: a fold of what it says, where its curve stands, and what to say of it.
import { same } from "./network.js";
import { count, ordinal, plain, rate, roughly } from "./numbers.js";
import { unread } from "./transcript.js";

/** @typedef {{seq: number, begun: {first: number, last: number, steps: number} | null, lr: number[], loss: (number | null)[], ended: any, unread: string | null}} Search */
/** @typedef {{run: any, search: Search, asked: {network: any, job: any}, asking: boolean, problem: any, link: string, workers: boolean}} Finder `asked` is what
 *   the search is about; `workers` is false while the server has none */
const ABOVE = 0.4, BELOW = 0.12; // of the fall of the loss: room over its beginning and under its lowest point
const LEAST_FALL = 0.4; // of the first loss: a curve that hardly moves shall look so
const APART = 0.16; // of the height, from one number of the axis to the next
const ROOM = 0.62; // of the width: beyond it words stand left of their mark
const DECADES = 2; // from one number of the axis to the next

/** @returns {Search} that has not said anything */
export const unsearched = () => ({ seq: 0, begun: null, lr: [], loss: [], ended: null, unread: null });

/** @param {Search} search @param {any[]} events in order; those already folded are skipped @returns {Search} */
export function foldSearch(search, events) {
  return events.filter((event) => event.seq > search.seq).reduce((told, event) => {
    const next = { ...told, seq: event.seq, unread: told.unread ?? unread(event) };
    return next.unread ? next : { ...next, ...folds[event.kind]?.(told, event) };
  }, search);
}

const ended = (_, event) => ({ ended: event });
const folds = {
  searching: (_, event) => ({ begun: event, lr: [], loss: [], ended: null }), // it may begin anew: what was told before counts no more
  tried: ({ lr, loss }, { first, ...more }) => ({ lr: [...lr.slice(0, first - 1), ...more.lr], loss: [...loss.slice(0, first - 1), ...more.loss] }),
  suggested: ended, stopped: ended, failed: ended,
};

/** @param {Finder | null} finder @returns {boolean} whether it goes on */
export const isSearching = (finder) => Boolean(finder && (finder.asking || (finder.run && !finder.search.ended)));

/** @param {Finder} finder @param {any} state of the page @returns {boolean} whether it was about another network or other settings, the rate apart */
export function isStale({ asked }, { history, job, catalogue }) {
  const words = (recipe) => JSON.stringify({ ...recipe, optimizer: { ...recipe.optimizer, lr: null } });
  return !same(history.present, asked.network, catalogue) || words(job) !== words(asked.job);
}

/** Places from 0 to 1, from the left and from the top; losses beyond the top leave the picture.
 * @param {Search} search @returns {{raw: number[][], smooth: number[][], found: {x: number, y: number, text: string, isLeft: boolean} | null,
 *   across: {at: number, text: string}[], down: {at: number, text: string}[]} | null} null before there is a line to draw */
export function curveOf({ begun, lr, loss, ended: end }) {
  const seen = loss.filter((value) => value != null);
  if (!begun || seen.length < 2) return null;
  const low = Math.min(...seen), fall = Math.max(seen[0] - low, LEAST_FALL * Math.abs(seen[0])) || 1, top = seen[0] + ABOVE * fall, span = fall * (1 + ABOVE + BELOW);
  const x = (value) => Math.log(value / begun.first) / Math.log(begun.last / begun.first), y = (value) => (top - value) / span;
  const line = (values) => values.flatMap((value, at) => (value == null ? [] : [[x(lr[at]), y(value)]]));
  const at = end?.lr == null ? -1 : nearest(lr, end.lr);
  return {
    raw: line(loss), smooth: line(end?.smoothed ?? []), across: decades(begun).map((value) => ({ at: x(value), text: rate(value) })),
    down: (y(low) - y(seen[0]) < APART ? [seen[0]] : [seen[0], low]).map((value) => ({ at: y(value), text: plain(value) })),
    found: at < 0 ? null : { x: x(end.lr), y: y(end.smoothed[at]), text: rate(end.lr), isLeft: x(end.lr) > ROOM },
  };
}

function nearest(values, wished) {
  const far = (value) => Math.abs(Math.log(value / wished));
  return values.reduce((best, value, at) => (far(value) < far(values[best]) ? at : best), 0);
}

function decades({ first, last }) {
  const begin = Math.ceil(Math.log10(first) - 1e-9), end = Math.floor(Math.log10(last) + 1e-9);
  return Array.from({ length: Math.floor((end - begin) / DECADES) + 1 }, (_, at) => Number(`1e${begin + at * DECADES}`));
}

/** @param {Finder} finder @param {boolean} stale @returns {string} one sentence on how it stands */
export function saidOf({ run, search, asking, problem, link, workers }, stale) {
  if (problem) return problem.message;
  if (asking || !run) return "Asking the server …";
  if (search.unread) return search.unread;
  if (search.ended) return stale ? "The network or its settings have changed since then." : endOf(search);
  if (run.pause_reason) return run.pause_reason;
  if (link !== "live") return "The server can’t be reached. The search goes on there.";
  if (!workers) return "No worker is there at the moment. The search begins by itself as soon as one is.";
  return run.status === "queued" ? placeOf(run) : progressOf(search);
}

function endOf({ ended: { kind, reason, message }, lr }) {
  if (kind === "suggested") return reason;
  return kind === "failed" ? message : `Stopped after ${count(lr.length)} ${lr.length === 1 ? "rate" : "rates"}.`;
}

function placeOf({ place, wait_seconds: wait }) {
  return `${place > 1 ? `${ordinal(place)} in line` : "Next in line"}${wait ? `; it begins in ${roughly(wait)}` : ""}.`;
}

const progressOf = ({ begun, lr }) => (lr.length ? `Tried ${count(lr.length)} of ${count(begun.steps)} rates, up to ${rate(lr[lr.length - 1])}.` : "Getting the images ready …");
