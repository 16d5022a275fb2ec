// What the classes of a data set are called: digits, clothes, characters.
import { weightsOf } from "./situation.js";

const DIGITS = Array.from({ length: 10 }, (_, digit) => String(digit));

/** @param {any} catalogue @param {string} kind of a data set @returns {string[]} */
export const classesOf = (catalogue, kind) => catalogue.datasets.find((entry) => entry.kind === kind)?.classes ?? DIGITS;

/** What the answers of the network on the page are called: as in the data set that it learned from, or will.
 * @param {any} state @returns {string[]} */
export function answersOf(state) {
  const weights = weightsOf(state).kind;
  if (weights === "ready") return DIGITS;
  return classesOf(state.catalogue, (weights === "run" ? state.run.job : state.job).dataset.kind);
}

/** @param {string[]} names @param {number} at @returns {string} */
export const nameOf = (names, at) => names[at] ?? String(at);
