// The recipe of a training as the page edits it: the fields of a job without its network, as the catalogue tells them.

/** @typedef {{name: string, label: string, type: string, of?: string, nullable?: boolean, group?: string, advanced?: boolean, default?: any,
 *   choices?: any[] | null, help?: string, [rule: string]: any}} Field */
/** @typedef {{name: string, label: string, fields: Field[]}} Group */

const BROUGHT = ["network", "format", "test"]; // the page fills them in itself: no form shows them
const KNOWN = ["integer", "number", "numbers", "boolean", "choice", "text", "entry"];
const GROUPS = { task: "Task and loss", data: "Data", training: "Training", optimizer: "Optimizer", regularization: "Regularization", stopping: "Stopping", machine: "Machine" };

/** @param {any} catalogue @returns {Field[]} those that a form can show, and lists, which have cards of their own */
export function jobFields(catalogue) {
  return catalogue.job.fields.filter((field) => !BROUGHT.includes(field.name) && (field.type === "list" || canShow(field, catalogue)));
}

/** @param {Field} field @param {any} catalogue @returns {boolean} whether a form knows its type, and what it can hold */
export const canShow = (field, catalogue) => KNOWN.includes(field.type) && (field.type !== "entry" || Boolean(catalogue[field.of]?.length));

/** @param {any} catalogue @returns {Group[]} in the order in which one thinks of them; groups that are new come last */
export function groupsOf(catalogue) {
  const fields = jobFields(catalogue), placeOf = (field) => field.group ?? "training";
  const names = [...new Set([...Object.keys(GROUPS), ...fields.map(placeOf)])];
  return names.map((name) => ({ name, label: GROUPS[name] ?? name.replace(/^./, (letter) => letter.toUpperCase()), fields: fields.filter((field) => placeOf(field) === name) }))
    .filter((group) => group.fields.length);
}

/** @param {any} catalogue @param {any} [job] of an earlier run @returns {any} every field filled in */
export function recipe(catalogue, job = null) {
  const filled = Object.fromEntries(jobFields(catalogue).map((field) => [field.name, atFirst(field, catalogue)]));
  const given = Object.entries(job ?? {}).filter(([name]) => !BROUGHT.includes(name));
  return { ...filled, ...Object.fromEntries(given), test: "on_request" };
}

function atFirst(field, catalogue) {
  if (field.type !== "entry") return field.default ?? null;
  if (field.default == null && field.nullable) return null;
  return { ...entryWithDefaults(catalogue[field.of], field.default?.kind), ...field.default };
}

/** @param {any[]} entries of the catalogue @param {string} [kind] the first one where it is left out
 * @returns {any} the entry as a job holds it, with its defaults */
export function entryWithDefaults(entries, kind) {
  const entry = entries.find((other) => other.kind === kind) ?? entries[0];
  if (!entry) return { kind };
  const filled = entry.fields.filter((field) => field.default !== undefined && field.name !== "kind").map((field) => [field.name, field.default]);
  return { kind: entry.kind, ...Object.fromEntries(filled) };
}

/** What a folded group says of itself: what is chosen, and what differs from the defaults.
 * @param {Group} group @param {any} job @param {any} catalogue @returns {string} */
export function summaryOf({ fields }, job, catalogue) {
  const said = { entry: entrySummary, list: listSummary };
  return fields.flatMap((field) => (said[field.type] ?? plainSummary)(field, job[field.name], catalogue)).join(" · ");
}

const listSummary = (field, values, catalogue) => (values ?? []).map((value) => catalogue[field.of].find((other) => other.kind === value.kind)?.label.toLowerCase() ?? value.kind);

function entrySummary(field, value, catalogue) {
  const entry = value && catalogue[field.of].find((other) => other.kind === value.kind);
  return entry ? [catalogue[field.of].length > 1 || field.nullable ? entry.label : "", ...entry.fields.flatMap((one) => plainSummary(one, value[one.name]))].filter(Boolean) : [];
}

function plainSummary(field, value) {
  const isDefault = value === undefined || JSON.stringify(value ?? null) === JSON.stringify(field.default ?? null);
  return isDefault || (typeof value === "object" && !Array.isArray(value)) ? [] : [`${field.label.toLowerCase()} ${value === true ? "on" : value === false ? "off" : value}`];
}

/** Field → what is wrong with it; the place of a field inside a field is written with a dot.
 * @param {{where?: (string | number)[], message: string} | null} problem @returns {Map<string, string>} */
export function problemsAt(problem) {
  const where = (problem?.where ?? []).map(String);
  return new Map(!where.length || where[0] === "layers" ? [] : [[where.join("."), problem.message]]);
}

/** @param {Map<string, string>} problems of a form @param {string} name of a field that holds fields @returns {Map<string, string>} those inside it */
export function problemsIn(problems, name) {
  const inside = [...problems].filter(([path]) => path.startsWith(`${name}.`));
  return new Map(inside.map(([path, message]) => [path.slice(name.length + 1), message]));
}

/** Reads what a person typed. @param {any} field of the catalogue @param {string} text
 * @returns {any} a number, null for nothing in a nullable field, or the text itself for the check to complain about */
export function read(field, text) {
  const trimmed = field.type === "numbers" ? text.trim() : text.trim().replace("−", "-").replace(",", ".");
  if (trimmed === "" && field.nullable) return null;
  if (field.type === "numbers") return numbersIn(trimmed) ?? text;
  if (field.type !== "integer" && field.type !== "number") return text;
  const value = Number(trimmed);
  return trimmed === "" || Number.isNaN(value) ? text : value;
}

/** Numbers with commas, semicolons or blanks between them; null where anything else is among them. */
function numbersIn(text) {
  const values = text.split(/[;,\s]+/).filter(Boolean).map(Number);
  return values.length && values.every(Number.isFinite) ? values : null;
}

/** What is wrong with a number, by the bounds that the catalogue tells; the server has the last word.
 * @param {any} field @param {any} value @returns {string | null} */
export function complaint(field, value) {
  if (field.type === "numbers") return value === null || Array.isArray(value) ? null : `${field.label} needs numbers with commas between them.`;
  if ((field.type !== "integer" && field.type !== "number") || value === null) return null;
  if (typeof value !== "number") return `${field.label} needs a number.`;
  if (field.type === "integer" && !Number.isInteger(value)) return `${field.label} needs a whole number.`;
  if (value < (field.minimum ?? -Infinity)) return `${field.label} must be at least ${field.minimum}.`;
  if (value > (field.maximum ?? Infinity)) return `${field.label} must be at most ${field.maximum}.`;
  if (value <= (field.exclusive_minimum ?? -Infinity)) return `${field.label} must be above ${field.exclusive_minimum}.`;
  return value >= (field.exclusive_maximum ?? Infinity) ? `${field.label} must be below ${field.exclusive_maximum}.` : null;
}

/** One step of a stepper, held within the field's range. @param {any} field @param {number | null} value @param {1 | -1} direction */
export function stepped(field, value, direction) {
  const size = field.step ?? (field.type === "integer" ? 1 : 0.1);
  const next = (value ?? Math.max(field.minimum ?? 0, 0)) + direction * size;
  return Math.min(field.maximum ?? Infinity, Math.max(field.minimum ?? -Infinity, Number(next.toPrecision(10))));
}
