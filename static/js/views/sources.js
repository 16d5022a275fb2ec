// What a layer reads: a choice for each of its inputs; a layer that joins has two or more.
import { el, mark } from "../lib/dom.js";
import { shapeText } from "../core/numbers.js";

/** @typedef {{name: string, shape: number[] | null}} Source @param {boolean} joins @param {(inputs: string[]) => void} tell
 * @returns {{root: HTMLElement, update: (inputs: string[], above: Source[], problem: string | null, rests: boolean) => void}} */
export function sources(joins, tell) {
  const list = el("div", { class: "fields" }), wrong = el("p", { class: "field-problem", role: "alert", hidden: true });
  const more = el("button", { class: "outline", type: "button", onclick: () => another() }, "Read another layer");
  const root = joins ? el("div", { class: "fields sources", "data-field": "inputs" }, el("h3", { class: "label" }, "Reads"), list, wrong, el("div", { class: "row-tools" }, more))
    : el("details", { class: "more sources", "data-field": "inputs" }, el("summary", {}, "Reads"), list, wrong);
  let now = [], known = "", names = [];

  function another() {
    const free = names.filter((name) => !now.includes(name));
    tell([...now, free[free.length - 1] ?? names[names.length - 1]]);
  }

  return {
    root,
    update(inputs, above, problem, rests) {
      const key = JSON.stringify([inputs, above, rests]);
      mark(wrong, { hidden: !problem });
      wrong.textContent = problem ?? "";
      if (problem && root instanceof HTMLDetailsElement) root.open = true;
      if (key === known) return;
      [known, now, names] = [key, inputs, above.map((one) => one.name)];
      list.replaceChildren(...inputs.map((name, at) => rowOf(name, at, above, rests)));
      more.disabled = rests || names.every((name) => inputs.includes(name));
    },
  };

  function rowOf(name, at, above, rests) {
    const label = joins ? `Input ${at + 1}` : "From";
    const pick = el("select", { class: "pick", "aria-label": label, disabled: rests, onchange: () => tell(now.map((one, index) => (index === at ? pick.value : one))) },
      ...above.map((one) => el("option", { value: one.name, selected: one.name === name }, one.shape ? `${one.name} · ${shapeText(one.shape)}` : one.name)));
    if (!above.some((one) => one.name === name)) pick.prepend(el("option", { value: name, selected: true, disabled: true }, name));
    const away = joins && now.length > 2 ? el("button", { class: "tool", type: "button", "aria-label": `No longer read ${name}`, title: "Leave out", disabled: rests, onclick: () => tell(now.filter((_, index) => index !== at)) }, "−") : null;
    return el("div", { class: "field" }, el("label", {}, label), el("span", { class: "source" }, pick, away));
  }
}
