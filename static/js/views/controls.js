// The controls of a form, one for each type of field: each has root and update(value, rests), and tells what was chosen.
import { read, stepped } from "../core/recipe.js";
import { rate } from "../core/numbers.js";
import { el, mark } from "../lib/dom.js";

const NONE = new Map();
const LETTERS = 16; // that fit side by side

/** @param {any} field of the catalogue @returns {(field: any, id: string, tell: (value: any) => void) => {root: HTMLElement, update: (value: any, rests?: boolean, refused?: Map<string, string>) => void}} */
export function makerOf(field) {
  if (field.scale === "log") return slider;
  if (field.scale === "range") return range;
  if (field.type === "boolean") return toggle;
  if (field.choices?.length) return field.choices.map(wordOf).join("").length <= LETTERS ? choice : pick;
  return field.type === "integer" ? stepper : entry;
}

function entry(field, id, tell) {
  const words = field.nullable ? "none" : "";
  const input = el("input", { id, class: "entry", inputmode: field.type === "text" ? "text" : "decimal", autocomplete: "off", placeholder: words,
    oninput: () => tell(read(field, input.value)) });
  return { root: input, update: (value, rests) => put(input, value, rests) };
}

/** What the person is typing stays as it is; everything else follows the state. */
function put(input, value, rests) {
  input.disabled = Boolean(rests);
  const text = value == null ? "" : Array.isArray(value) ? value.join(", ") : String(value);
  if (document.activeElement !== input && input.value !== text) input.value = text;
}

function stepper(field, id, tell) {
  const input = el("input", { id, inputmode: "numeric", autocomplete: "off", placeholder: field.nullable ? "auto" : "", oninput: () => tell(read(field, input.value)),
    onkeydown: (event) => {
      const direction = { ArrowUp: 1, ArrowDown: -1 }[event.key];
      if (direction) step(event, direction);
    } });
  const less = el("button", { type: "button", "aria-label": `Less ${field.label}`, onclick: (event) => step(event, -1) }, "−");
  const more = el("button", { type: "button", "aria-label": `More ${field.label}`, onclick: (event) => step(event, 1) }, "+");
  let now = null;

  function step(event, direction) {
    event.preventDefault();
    const typed = read(field, input.value);
    now = stepped(field, typeof typed === "number" ? typed : now, direction);
    input.value = String(now);
    tell(now);
  }

  return {
    root: el("div", { class: "stepper" }, less, input, more),
    update(value, rests) {
      now = value;
      put(input, value, rests);
      less.disabled = rests || (value != null && value <= (field.minimum ?? -Infinity));
      more.disabled = rests || (value != null && value >= (field.maximum ?? Infinity));
    },
  };
}

function toggle(_field, id, tell) {
  const button = el("button", { id, type: "button", class: "switch", role: "switch", onclick: () => tell(button.getAttribute("aria-checked") !== "true") }, el("i"));
  return {
    root: button,
    update(value, rests) {
      mark(button, { "aria-checked": String(Boolean(value)) });
      button.disabled = Boolean(rests);
    },
  };
}

const wordOf = (option) => (typeof option === "object" && option ? option.label ?? option.kind : option == null ? "none" : String(option));
const valueOf = (option) => (typeof option === "object" && option ? option.kind ?? option.value : option);

function choice(field, id, tell) {
  const buttons = field.choices.map((option) => el("button", { type: "button", role: "radio", onclick: () => tell(valueOf(option)) }, wordOf(option)));
  return {
    root: el("div", { class: "choice", id, role: "radiogroup", "aria-labelledby": `${id}-label` }, ...buttons),
    update(value, rests) {
      buttons.forEach((button, at) => {
        mark(button, { "aria-checked": String(valueOf(field.choices[at]) === value) });
        button.disabled = Boolean(rests);
      });
    },
  };
}

function pick(field, id, tell) {
  const select = el("select", { id, class: "pick", onchange: () => tell(valueOf(field.choices[select.selectedIndex])) },
    ...field.choices.map((option) => el("option", {}, wordOf(option))));
  return {
    root: select,
    update(value, rests, refused = NONE) {
      select.selectedIndex = field.choices.findIndex((option) => valueOf(option) === value);
      select.disabled = Boolean(rests);
      field.choices.forEach((option, at) => {
        const why = refused.get(valueOf(option)) ?? null;
        mark(select.options[at], { disabled: why !== null, title: why });
      });
    },
  };
}

/** A number whose order of magnitude matters, like a learning rate. */
function slider(field, id, tell) {
  const range = el("input", { type: "range", min: -5, max: 0, step: 0.1, "aria-label": field.label, oninput: () => {
    const value = Number((10 ** Number(range.value)).toPrecision(2));
    input.value = rate(value);
    tell(value);
  } });
  const input = el("input", { id, class: "entry is-short", inputmode: "decimal", autocomplete: "off", oninput: () => tell(read(field, input.value)) });
  return {
    root: el("div", { class: "slider" }, range, input),
    update(value, rests) {
      range.disabled = Boolean(rests);
      if (typeof value === "number" && value > 0 && document.activeElement !== range) range.value = String(Math.log10(value));
      put(input, typeof value === "number" ? rate(value) : value, rests);
    },
  };
}

/** A number between two bounds, where seeing what comes of it says more than the number. */
function range(field, id, tell) {
  const { minimum, maximum } = field, step = field.type === "integer" ? 1 : stepOf(maximum - minimum);
  const bar = el("input", { type: "range", min: minimum, max: maximum, step, "aria-label": field.label, oninput: () => {
    input.value = bar.value;
    tell(Number(bar.value));
  } });
  const input = el("input", { id, class: "entry is-short", inputmode: "decimal", autocomplete: "off", oninput: () => tell(read(field, input.value)) });
  return {
    root: el("div", { class: "span-slider" }, bar, input),
    update(value, rests) {
      bar.disabled = Boolean(rests);
      if (document.activeElement !== bar) bar.value = String(value);
      put(input, value, rests);
    },
  };
}

/** About a hundred steps, of a round size. @param {number} span */
const stepOf = (span) => 10 ** Math.floor(Math.log10(span / 50));
