// What is asked of a network: the task, the loss and the data set of a job, and what that makes of an answer.
import { layerOf, numbers } from "./frame.js";
import { measured, taskOf } from "./measure.js";
import { entryWithDefaults, recipe } from "./recipe.js";
import { showsRun } from "./situation.js";

/** @typedef {{form: "classes"} | {form: "two", yes: boolean, chance: number | null, score: number, name: string}
 *   | {form: "number", value: number, words: string, odd: string} | {form: "picture", values: Float32Array, width: number, height: number}} Answer */

const ASKED = ["task", "loss", "dataset"];

/** @param {any} state @returns {any} the job that the page shows answers of: of its run, else the one that Train would send */
export const jobShown = (state) => (showsRun(state) ? { ...state.job, ...state.run.job } : state.job);

/** @param {any} job @returns {any} the fields that a check of a network needs to know */
export const aimOf = (job) => Object.fromEntries(ASKED.filter((name) => job[name]).map((name) => [name, job[name]]));

/** A job whose loss fits its task: the usual one where the one before does not. @param {any} job @param {any} catalogue @returns {any} */
export function fitted(job, catalogue) {
  const { losses } = taskOf(job, catalogue);
  return !losses.length || losses.includes(job.loss?.kind) ? job : { ...job, loss: entryWithDefaults(catalogue.losses, losses[0]) };
}

/** Loss → why it is not offered. @param {any} job @param {any} catalogue @returns {Map<string, string>} */
export function lossesRefused(job, catalogue) {
  const { losses, label } = taskOf(job, catalogue);
  return new Map(catalogue.losses.filter(({ kind }) => !losses.includes(kind)).map(({ kind }) => [kind, `Does not fit “${label}”`]));
}

/** @param {any} network @returns {boolean} whether it reads points of a plane */
export const isPlane = (network) => network.input.length === 1 && network.input[0] === 2;

export const FIELD = "field", NEURONS = "neurons"; // the probes that look at a plane

/** @param {any} state @returns {string} the probe whose way through the layers is shown */
export const watchedOf = ({ history, checked, watched }) => (isPlane(checked?.network ?? history.present) ? NEURONS : watched);

/** @param {any} checked @returns {string | null} the name of the last layer */
export const lastLayer = (checked) => checked?.network.layers[checked.network.layers.length - 1]?.name ?? null;

/** The settings with which a template opens: its own, or those that are there as long as they fit it.
 * @param {any} template @param {any} job @param {any} catalogue @returns {any} */
export function jobForTemplate(template, job, catalogue) {
  const usual = recipe(catalogue), own = Object.entries(template.job ?? {});
  if (own.length) return { ...usual, ...Object.fromEntries(own.map(([name, value]) => [name, whole(name, value, catalogue)])) };
  const dataset = datasetOf(job, catalogue);
  const fits = job.task?.kind === usual.task?.kind && String(dataset?.shape) === String(template.network.input);
  return fits ? job : usual;
}

/** The settings with which a saved network opens: what it is for is its own. @param {any} row @param {any} job @param {any} catalogue @returns {any} */
export function jobForSaved(row, job, catalogue) {
  const own = Object.entries(row.job ?? {});
  return own.length ? { ...job, ...Object.fromEntries(own.map(([name, value]) => [name, whole(name, value, catalogue)])) } : jobForTemplate(row, job, catalogue);
}

/** An entry with all its fields; anything else as it is. */
function whole(name, value, catalogue) {
  const field = catalogue.job.fields.find((one) => one.name === name);
  return field?.type === "entry" && value ? { ...entryWithDefaults(catalogue[field.of], value.kind), ...value } : value;
}

/** What a probe's answer is. @param {any} probe of a frame @param {any} job @param {any} catalogue @param {string | null} last name of the last layer
 * @returns {Answer | null} null where there is none to be seen */
export function answerOf(probe, job, catalogue, last) {
  const task = taskOf(job, catalogue);
  if (task.family === "classes") return { form: "classes" };
  const block = last ? layerOf(probe, last) : null;
  if (!block || probe.blank) return null;
  const values = numbers(block), chance = chanceOf(job, catalogue);
  if (task.family === "pictures") {
    if (block.shape.length !== 3) return null;
    const [, height, width] = block.shape;
    return { form: "picture", values: chance === "sigmoid" ? values.map(sigmoid) : values, width, height };
  }
  if (values.length !== 1 || !Number.isFinite(values[0])) return null;
  return task.family === "two" ? twoOf(values[0], chance, job, catalogue) : numberOf(values[0], job, task, catalogue);
}

const chanceOf = (job, catalogue) => catalogue.losses.find((entry) => entry.kind === job.loss?.kind)?.chance ?? null;

const sigmoid = (value) => 1 / (1 + Math.exp(-value));

/** @returns {Answer} */
function twoOf(score, chance, job, catalogue) {
  const middle = catalogue.losses.find((entry) => entry.kind === job.loss.kind)?.middle ?? 0.5;
  const share = chance === "sigmoid" ? sigmoid(score) : chance === "itself" ? Math.min(1, Math.max(0, score)) : null;
  return { form: "two", yes: score > middle, chance: share, score, name: datasetOf(job, catalogue)?.classes[job.task.digit] ?? String(job.task.digit) };
}

/** A number in the unit of the measure; what is no class, though classes were asked for, is flagged.
 * @returns {Answer} */
function numberOf(given, job, { measure, unit, whole }, catalogue) {
  const value = given * (typeof unit === "string" ? job.task[unit] : unit ?? 1), classes = datasetOf(job, catalogue)?.classes.length ?? 0;
  const isWhole = Math.abs(value - Math.round(value)) < 0.005 && value > -0.5 && value < classes - 0.5;
  return { form: "number", value, words: measured(value, measure), odd: whole && classes && !isWhole ? "is no class" : "" };
}

const datasetOf = (job, catalogue) => catalogue.datasets.find((entry) => entry.kind === job.dataset?.kind);

/** How the field of a plane is coloured: −1 … 1 from what the last layer gives at each point.
 * @param {any} block of the last layer @param {any} job @param {any} catalogue @returns {Float32Array | null} */
export function signedField(block, job, catalogue) {
  const values = numbers(block), size = values.length / block.count, { family } = taskOf(job, catalogue);
  if (family === "classes" && block.count === 2) return Float32Array.from({ length: size }, (_, at) => Math.tanh((values[size + at] - values[at]) / 2));
  if (block.count !== 1) return null;
  if (family !== "two") return values;
  const chance = chanceOf(job, catalogue);
  return values.map((value) => (chance === "sigmoid" ? Math.tanh(value / 2) : chance === "itself" ? 2 * value - 1 : value));
}
