// Looking back: the steps of a run whose weights are kept, and which of them is meant.
import { best } from "./transcript.js";

/** Of a page that does not look back. */
export const HERE = { at: null, keys: [] };

/** @param {number[]} keys steps of keyframes, growing @param {number} now the last step told of @returns {number[]} all that lie before now, and the beginning */
export const stopsOf = (keys, now) => [0, ...keys.filter((step) => step > 0 && step < now)];

/** @param {number[]} stops @param {number} now @param {number} step @returns {number | null} the stop that is nearest; null is now */
export function nearest(stops, now, step) {
  const found = [...stops, now].reduce((best, one) => (Math.abs(one - step) < Math.abs(best - step) ? one : best));
  return found === now ? null : found;
}

/** @param {number[]} stops @param {number | null} at null is now @param {-1 | 1} direction @returns {number | null} the stop beside it, or the same at an end */
export function beside(stops, at, direction) {
  if (direction < 0) return stops.filter((step) => at === null || step < at).pop() ?? at;
  return at === null ? null : (stops.find((step) => step > at) ?? null);
}

/** What happened on the way. @param {any} transcript @returns {{step: number, kind: "changed" | "best", words: string}[]} */
export function marksOf(transcript) {
  const star = best(transcript);
  return [
    ...transcript.changes.map(({ step, lr }) => ({ step, kind: "changed", words: `learning rate ${lr}` })),
    ...(star ? [{ step: star.step, kind: "best", words: `least loss, epoch ${star.epoch}` }] : []),
  ];
}
