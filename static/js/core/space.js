// The draft of a study: which fields of the job it changes, among which values, and how far it goes. Pure.
import { read } from "./recipe.js";

/** @typedef {{path: string, owner: string, field: any, now: any, values: any, usual: boolean}} Tunable as the API tells it */
/** @typedef {{space: Object<string, any>, more: Object<string, any>}} Draft field → its values; the study's other fields */

/** @param {Tunable[]} tunables @param {any[]} fields of a study @param {Draft | null} before @returns {Draft} what is usual, or what was chosen before as far as the job still has it */
export function draftOf(tunables, fields, before) {
  const known = new Set(tunables.map((one) => one.path)), kept = Object.entries(before?.space ?? {}).filter(([path]) => known.has(path));
  const usual = tunables.filter((one) => one.usual).map((one) => [one.path, one.values]);
  return { space: Object.fromEntries(kept.length ? kept : usual), more: before?.more ?? Object.fromEntries(fields.map((field) => [field.name, field.default ?? null])) };
}

/** @param {Draft} draft @param {Tunable} tunable @returns {Draft} */
export const withField = (draft, { path, values }) => ({ ...draft, space: { ...draft.space, [path]: values } });

/** @param {Draft} draft @param {string} path @returns {Draft} */
export const withoutField = (draft, path) => ({ ...draft, space: Object.fromEntries(Object.entries(draft.space).filter(([one]) => one !== path)) });

/** @param {Draft} draft @param {string} path @param {any} change @returns {Draft} */
export const withValues = (draft, path, change) => ({ ...draft, space: { ...draft.space, [path]: { ...draft.space[path], ...change } } });

/** One choice put in or taken out; the order of the field's own choices stays, and one of them always. @param {any[]} all @param {any[]} chosen @param {any} choice @returns {any[]} */
export function toggled(all, chosen, choice) {
  const next = all.filter((one) => (one === choice ? !chosen.includes(one) : chosen.includes(one)));
  return next.length ? next : chosen;
}

/** What a person typed for an end of a range. @param {string} text @returns {any} a number, or the text for the server to complain about */
export const readEnd = (text) => read({ type: "number", nullable: false }, text);

/** @param {Draft} draft @param {any} job @param {string} name @returns {any} as the API takes it; null where there is nothing to search over */
export const studyOf = (draft, job, name) => (Object.keys(draft.space).length ? { ...draft.more, job, space: draft.space, name } : null);

/** Path of a field → what is wrong with it. @param {{where?: any[], message: string} | null} problem @returns {Map<string, string>} */
export const spaceProblems = (problem) => new Map(problem?.where?.[0] === "space" && problem.where.length > 1 ? [[String(problem.where[1]), problem.message]] : []);

/** @param {Tunable[]} tunables @param {Draft} draft @returns {[string, Tunable[]][]} those that could be added, by whose they are */
export function othersOf(tunables, draft) {
  const groups = new Map();
  for (const one of tunables) if (!(one.path in draft.space)) groups.set(one.owner, [...(groups.get(one.owner) ?? []), one]);
  return [...groups];
}
