// A form made from the fields of the catalogue. It tells every change and shows the problem of a field beside it.
import { canShow, complaint, entryWithDefaults, problemsIn } from "../core/recipe.js";
import { unbroken } from "../core/numbers.js";
import { el, mark, say } from "../lib/dom.js";
import { makerOf } from "./controls.js";

/** @param {HTMLElement} root @param {any[]} told fields of the catalogue @param {(name: string, value: any) => void} onchange
 * @param {any} [catalogue] where fields hold entries of it
 * @returns {{update: (values: any, problems?: Map<string, string>, rests?: boolean, refused?: Map<string, Map<string, string>>) => void}}
 *   `refused`: of a field that holds an entry, kinds that are not offered, and why */
export function form(root, told, onchange, catalogue = {}) {
  const fields = told.filter((field) => canShow(field, catalogue));
  const rows = fields.map((field) => (field.type === "entry" ? part : row)(field, (value) => onchange(field.name, value), catalogue));
  const folded = fold(fields.filter((field) => field.advanced), rows.filter((_, at) => fields[at].advanced));
  root.replaceChildren(...rows.filter((_, at) => !fields[at].advanced).map((one) => one.root), ...(folded ? [folded.root] : []));
  return {
    update(values, problems = new Map(), rests = false, refused = new Map()) {
      rows.forEach((one, at) => one.update(values[fields[at].name] ?? null, problems.get(fields[at].name) ?? null, rests, problemsIn(problems, fields[at].name), refused.get(fields[at].name)));
      folded?.update(values, problems);
    },
  };
}

/** What one rarely needs: folded, but it says when something in it is not as it was, and opens for a problem. */
function fold(fields, rows) {
  if (!fields.length) return null;
  const words = el("summary", {}), root = el("details", { class: "more" }, words, el("div", { class: "fields" }, ...rows.map((one) => one.root)));
  return {
    root,
    update(values, problems) {
      const changed = fields.filter((field) => JSON.stringify(values[field.name] ?? null) !== JSON.stringify(field.default ?? null)).length;
      say(words, changed ? `More · ${changed} changed` : "More");
      if (fields.some((field) => problems.has(field.name))) root.open = true;
    },
  };
}

let rowsMade = 0;

/** @typedef {{root: HTMLElement, update: (value: any, problem: string | null, rests: boolean, inside: Map<string, string>, refused?: Map<string, string>) => void}} Row */

/** @param {any} field @param {(value: any) => void} tell @returns {Row} */
function row(field, tell) {
  const id = `field-${(rowsMade += 1)}`, wrong = el("p", { class: "field-problem", id: `${id}-problem`, role: "alert", hidden: true });
  const control = makerOf(field)(field, id, listen);
  let own = null, told = null, left = null, now = null;
  const label = el("label", { for: id, id: `${id}-label` }, field.label);
  const help = field.help ? el("p", { class: "help" }, unbroken(field.help)) : null;
  const root = el("div", { class: "field", "data-field": field.name, onfocusout: forget }, label, control.root, help, wrong);

  /** What was refused does not stay in a field that is left: it shows what holds, and says so. */
  function forget({ relatedTarget }) {
    if (!own || root.contains(relatedTarget)) return;
    left = `${own} It stays ${now.value ?? "empty"}.`;
    own = null;
    control.update(now.value, now.rests);
    show();
  }

  function listen(value) {
    own = complaint(field, value);
    left = null;
    show();
    if (!own) tell(value);
  }

  function show() {
    const problem = own ?? told, words = problem ?? left;
    root.classList.toggle("is-wrong", Boolean(problem));
    mark(wrong, { hidden: !words });
    say(wrong, words ?? "");
    mark(root.querySelector(`#${id}`), { "aria-invalid": problem ? "true" : null, "aria-describedby": words ? wrong.id : null });
  }

  return {
    root,
    update(value, problem, rests, _inside, refused) {
      told = problem;
      if (now?.value !== value) left = null;
      now = { value, rests };
      control.update(value, rests, refused);
      show();
    },
  };
}

/** A field that holds an entry: which one, on or off, and below it the fields of the chosen one.
 * @param {any} field of type "entry" @param {(value: any) => void} tell the whole entry @param {any} catalogue
 * @returns {Row} */
function part(field, tell, catalogue) {
  const entries = catalogue[field.of], isSwitch = field.nullable && entries.length === 1;
  const chooser = entries.length > 1 || field.nullable ? row(chooserOf(field, entries, isSwitch), choose) : null;
  const about = el("p", { class: "help" }), fields = el("div", { class: "fields" });
  const title = chooser ? null : el("h3", { class: "label" }, field.label);
  const root = el("div", { class: "part", "data-field": field.name }, chooser?.root ?? title, about, fields);
  let made = "", controls = null, now = null;

  function choose(kind) {
    const isOff = kind === null || kind === false;
    change(isOff ? null : entryWithDefaults(entries, kind === true ? undefined : kind));
  }

  /** Remembered at once: the next change may come before the page is drawn anew, and must not undo this one. */
  function change(value) {
    now = value;
    tell(value);
  }

  /** Made anew only where the fields differ, so that focus and folds stay. */
  function build(entry) {
    const next = entry?.fields ?? [], key = JSON.stringify(next);
    if (key === made) return;
    made = key;
    controls = form(fields, next, (name, value) => change({ ...now, [name]: value }), catalogue);
  }

  return {
    root,
    update(value, problem, rests, inside, refused) {
      const entry = value && entries.find((other) => other.kind === value.kind);
      now = value;
      build(entry);
      const known = new Set(entry?.fields.map((one) => one.name)), stray = [...inside].find(([path]) => !known.has(path.split(".")[0]));
      chooser?.update(isSwitch ? Boolean(value) : value?.kind ?? null, problem ?? stray?.[1] ?? null, rests, new Map(), refused);
      controls?.update(value ?? {}, inside, rests);
      say(about, entry && chooser ? unbroken(entry.help) : "");
      mark(about, { hidden: !about.textContent });
      if (title) mark(title, { hidden: !entry?.fields.length });
    },
  };
}

function chooserOf({ name, label, nullable }, entries, isSwitch) {
  if (isSwitch) return { name: `${name}-on`, label, type: "boolean", help: "" };
  return { name: `${name}-kind`, label, type: "choice", choices: [...(nullable ? [null] : []), ...entries], help: "" }; // the chosen one says its own
}
