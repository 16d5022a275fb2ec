// The recipe of a training as the page edits it: the fields of a job without its network.

/** @param {{job: {fields: any[]}, optimizers: any[], losses: any[], datasets: any[]}} catalogue @param {any} [job] of an earlier run
 * @returns {any} every field filled in */
export function recipe(catalogue, job = null) {
  const filled = Object.fromEntries(catalogue.job.fields.filter((field) => !(field.name in PARTS)).map((field) => [field.name, field.default]));
  const given = job ? Object.fromEntries(Object.entries(job).filter(([key]) => key !== "network" && key !== "format")) : {};
  const parts = {
    dataset: entryWithDefaults(catalogue.datasets, catalogue.datasets[0]?.kind), optimizer: entryWithDefaults(catalogue.optimizers, "adam"),
    loss: entryWithDefaults(catalogue.losses, catalogue.losses[0]?.kind),
  };
  return { ...filled, ...parts, ...given, test: "on_request" };
}

const PARTS = { network: true, dataset: true, optimizer: true, loss: true, format: true, test: true, threads: true };

/** @param {any[]} entries of the catalogue @param {string} kind @returns {any} the entry as a job holds it, with its defaults */
export function entryWithDefaults(entries, kind) {
  const entry = entries.find((other) => other.kind === kind) ?? entries[0];
  if (!entry) return { kind };
  const filled = entry.fields.filter((field) => field.default !== undefined && field.name !== "kind").map((field) => [field.name, field.default]);
  return { kind: entry.kind, ...Object.fromEntries(filled) };
}

/** Reads what a person typed. @param {any} field of the catalogue @param {string} text
 * @returns {any} a number, null for nothing in a nullable field, or the text itself for the check to complain about */
export function read(field, text) {
  const trimmed = text.trim().replace("−", "-").replace(",", ".");
  if (trimmed === "" && field.nullable) return null;
  if (field.type !== "integer" && field.type !== "number") return text;
  const value = Number(trimmed);
  return trimmed === "" || Number.isNaN(value) ? text : value;
}

/** What is wrong with a number, by the bounds that the catalogue tells; the server has the last word.
 * @param {any} field @param {any} value @returns {string | null} */
export function complaint(field, value) {
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
