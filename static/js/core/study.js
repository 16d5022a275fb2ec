// A study: a fold of what its socket says, and how its trials stand to each other. Pure.
import { count, duration, percent, plain, rate } from "./numbers.js";

/** @typedef {{number: number, run: string | null, values: Object<string, any>, repeats: number | null, seed: number, state: string,
 *   reports: [number, number | null, number | null][], value: number | null, seconds: number, reason: string, seq: number}} Trial */
/** @typedef {{path: string, label: string, owner: string, low?: number, high?: number, log?: boolean, choices?: any[]}} Axis */
/** @typedef {any} Study as the API describes it */

const UNDER_WAY = ["waiting", "running"];
const OVER = { done: "finished", pruned: "given up", stopped: "stopped", diverged: "diverged", failed: "failed", refused: "refused", waiting: "waits", running: "trains" };

/** @param {Study} study @param {{study: any, trials: Trial[]}} message @returns {Study} */
export function fold(study, { study: news, trials }) {
  const known = new Map(study.trials.map((trial) => [trial.number, trial]));
  for (const trial of trials) if (trial.seq >= (known.get(trial.number)?.seq ?? 0)) known.set(trial.number, trial);
  return { ...study, ...news, trials: [...known.values()].sort((a, b) => a.number - b.number) };
}

/** @param {Trial} trial @returns {string} how it stands, in a word */
export const stateOf = (trial) => OVER[trial.state] ?? trial.state;

/** @param {Study} study @returns {Trial[]} those that try values; repeats are the others */
export const explored = (study) => study.trials.filter((trial) => trial.repeats === null);

/** @param {Study} study @param {Trial} trial @returns {number | null} what is known of it: its value, or that of its last report */
export function standing(study, trial) {
  if (trial.value !== null) return trial.value;
  const told = trial.reports[trial.reports.length - 1];
  return told ? told[study.plan.objective === "loss" ? 1 : 2] : null;
}

/** @param {Study} study @param {Trial} trial @returns {[number, number][]} epoch and value of every report that has one */
export const historyOf = ({ plan }, trial) => trial.reports.flatMap(([epoch, loss, accuracy]) => {
  const value = plan.objective === "loss" ? loss : accuracy;
  return value === null ? [] : [/** @type {[number, number]} */ ([epoch, value])];
});

/** The last two that were chosen. @param {number[]} chosen @param {number} number @returns {number[]} */
export const withChosen = (chosen, number) => (chosen.includes(number) ? chosen.filter((one) => one !== number) : [...chosen, number].slice(-2));

/** What two trials were, field by field, and what came of it. @param {Study} study @param {number[]} chosen
 * @returns {{title: string, values: string[], differs: boolean}[]} nothing unless there are two */
export function compared(study, chosen) {
  const pair = chosen.map((number) => study.trials.find((trial) => trial.number === number)).filter(Boolean);
  if (pair.length < 2) return [];
  const row = (title, textOf) => ({ title, values: pair.map(textOf), differs: textOf(pair[0]) !== textOf(pair[1]) });
  return [
    ...study.axes.map((axis) => row(titleOf(axis), (trial) => valueText(trial.values[axis.path]))),
    row(study.plan.objective === "loss" ? "Loss" : "Accuracy", (trial) => scoreText(study, standing(study, trial))), row("Epochs done", (trial) => count(trial.reports.length ? trial.reports[trial.reports.length - 1][0] : 0)),
  ];
}

/** @param {Study} study @returns {Trial[]} the best first: finished ones, then the others by their last report, at last those without one */
export function ranked(study) {
  const sign = study.plan.objective === "loss" ? 1 : -1;
  const keyOf = (trial) => [trial.state === "done" ? 0 : 1, standing(study, trial) === null ? 1 : 0, sign * (standing(study, trial) ?? 0), trial.number];
  return explored(study).map((trial) => ({ trial, key: keyOf(trial) })).sort((a, b) => compare(a.key, b.key)).map(({ trial }) => trial);
}

function compare(a, b) {
  const at = a.findIndex((value, place) => value !== b[place]);
  return at < 0 ? 0 : a[at] - b[at];
}

/** @param {Axis} axis @param {any} value @returns {number} 0…1, from the lower to the upper end */
export function placeOn(axis, value) {
  if (axis.choices) return axis.choices.length > 1 ? axis.choices.findIndex((choice) => JSON.stringify(choice) === JSON.stringify(value)) / (axis.choices.length - 1) : 0.5;
  const scale = axis.log ? Math.log : (number) => number;
  return (scale(value) - scale(axis.low)) / (scale(axis.high) - scale(axis.low));
}

/** @param {any} value of a field @returns {string} */
export function valueText(value) {
  if (value === null) return "none";
  if (typeof value === "boolean") return value ? "on" : "off";
  if (typeof value !== "number") return String(value);
  return Number.isInteger(value) ? count(value) : rate(value);
}

/** @param {Axis} axis @returns {string} such as linear1 · Out features */
export const titleOf = (axis) => [axis.owner, axis.label].filter(Boolean).join(" · ");

/** @param {Study} study @param {number | null | undefined} value @returns {string} */
export function scoreText(study, value) {
  if (value == null) return "–";
  return study.plan.objective === "loss" ? plain(value, 4) : percent(value, 2);
}

/** The range of all values that are known, a little wider. @param {Study} study @returns {[number, number]} */
export function scoreRange(study) {
  const known = explored(study).map((trial) => standing(study, trial)).filter((value) => value !== null);
  if (!known.length) return [0, 1];
  const sorted = [...known].sort((a, b) => a - b), worst = study.plan.objective === "loss" ? "high" : "low";
  const edge = sorted[Math.floor((sorted.length - 1) * (worst === "low" ? 0.1 : 0.9))]; // the worst tenth would press all others together
  const low = worst === "low" ? edge : sorted[0], high = worst === "low" ? sorted[sorted.length - 1] : edge, room = (high - low) * 0.06 || Math.abs(high) * 0.05 || 0.05;
  return [low - room, high + room];
}

/** Each trial as a bar of epochs, with how it ended. @param {Study} study @returns {{trial: Trial, done: number, planned: number}[]} */
export const ladderOf = (study) => explored(study).map((trial) => (
  { trial, done: trial.reports.length ? trial.reports[trial.reports.length - 1][0] : 0, planned: trial.values.epochs ?? study.plan.job.epochs }
));

/** @param {Study} study @param {number} epochs @returns {number[]} epochs at which trials are compared */
export function rungsOf({ plan }, epochs) {
  const { pruner } = plan, rungs = [];
  if (pruner?.kind !== undefined && pruner.first && pruner.factor) for (let rung = pruner.first; rung < epochs; rung *= pruner.factor) rungs.push(rung);
  return rungs;
}

/** @param {Study} study @returns {string} one sentence on how far it is */
export function sentenceOf(study) {
  const tried = explored(study), over = tried.filter((trial) => !UNDER_WAY.includes(trial.state)), repeats = study.trials.length - tried.length;
  const given = tried.filter((trial) => trial.state === "pruned").length, seconds = study.trials.reduce((sum, trial) => sum + trial.seconds, 0);
  const parts = [`${count(over.length)} of ${count(study.plan.runs)} tried`, given ? `${count(given)} given up early` : "", repeats ? `${count(repeats)} repeated with other seeds` : "",
    seconds >= 1 ? `${duration(seconds)} of training` : ""].filter(Boolean);
  return { running: "", stopped: "Stopped. ", finished: "Finished. " }[study.status] + parts.join(" · ");
}

/** @param {Study} study @returns {{trial: Trial, finalist: any} | null} the one to use */
export function bestOf(study) {
  const trial = study.trials.find((one) => one.number === study.best);
  return trial ? { trial, finalist: study.finalists.find((one) => one.number === study.best) ?? null } : null;
}

/** @param {Study} study @returns {string} how sure the best one is */
export function surenessOf(study) {
  const best = bestOf(study);
  if (!best) return study.status === "running" ? "The first trial has not ended yet." : "No trial came to its end.";
  const { trial, finalist } = best, own = `Trial ${trial.number + 1}: ${scoreText(study, trial.value)}`;
  if (!finalist) return `${own} in validation, with one seed.`;
  const spread = finalist.spread === null ? "" : ` ± ${study.plan.objective === "loss" ? plain(finalist.spread, 4) : plain(100 * finalist.spread, 2)}`;
  return `${own} in validation; ${scoreText(study, finalist.mean)}${spread} with ${finalist.seeds} other ${finalist.seeds === 1 ? "seed" : "seeds"}.`;
}
