// What tells how good a network is at its task: accuracy, or an error in a unit of its own.
import { percent, plain } from "./numbers.js";

/** @typedef {{name: string, unit: string, accuracy: boolean, digits: number}} Measure */

const ACCURACY = { name: "accuracy", unit: "%", accuracy: true, digits: 2 };
const USUAL = { kind: "classify", label: "", family: "classes", measure: ACCURACY, losses: [], unit: 1, whole: false };

/** @param {any} job @param {any} catalogue @returns {any} what the catalogue tells of its task */
export const taskOf = (job, catalogue) => catalogue.tasks?.find((entry) => entry.kind === job.task?.kind) ?? catalogue.tasks?.[0] ?? USUAL;

/** @param {any} job @param {any} catalogue @returns {Measure} what tells how good it is */
export const measureOf = (job, catalogue) => taskOf(job, catalogue).measure;

/** @param {number} value @param {Measure} measure @param {number} [digits] @returns {string} such as 98.12 % or 3.4 ° */
export function measured(value, measure, digits = measure.digits) {
  if (measure.accuracy) return percent(value, digits);
  return `${plain(value, digits)}${measure.unit ? ` ${measure.unit}` : ""}`;
}

/** @param {Measure} measure @returns {string} for the title of its curve */
export const titleOf = ({ name, unit, accuracy }) => `${name[0].toUpperCase()}${name.slice(1)}${accuracy || !unit ? "" : `, ${unit}`}`;
