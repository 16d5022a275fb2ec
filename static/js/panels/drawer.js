// The right drawer: settings of the selected layer, and of training. Forms come from the catalogue.
import { indexOf } from "../core/network.js";
import { amount, count, shapeText } from "../core/numbers.js";
import { el, mark } from "../lib/dom.js";
import { form } from "../views/form.js";
import { trainingPage } from "./training.js";

/** @param {{body: HTMLElement, tabs: HTMLElement}} roots @param {any} does the page's acts @param {any} catalogue */
export function drawerPanel(roots, does, catalogue) {
  const entries = new Map(catalogue.layers.map((entry) => [entry.kind, entry]));
  let built = "", page = null, known = [];
  const recipePage = trainingPage(does, catalogue);
  roots.body.addEventListener("focusout", (event) => /** @type {Element} */ (event.target).matches("input") && does.leaveField());

  function update(state) {
    const key = [state.history.present, state.checked, state.job, state.selection.layer, state.drawer, state.run, state.problem, state.readonly, state.transcript.lr, state.estimate, state.planned];
    if (key.every((part, at) => part === known[at])) return;
    known = key;
    for (const tab of roots.tabs.children) mark(tab, { "aria-selected": String(/** @type {HTMLElement} */ (tab).dataset.tab === state.drawer), tabindex: /** @type {HTMLElement} */ (tab).dataset.tab === state.drawer ? 0 : -1 });
    state.drawer === "training" ? training(state) : layer(state);
  }

  function show(name, make) {
    if (built === name) return;
    built = name;
    page = make();
    roots.body.replaceChildren(...page.parts);
    roots.body.scrollTop = 0;
  }

  function layer(state) {
    const at = indexOf(state.history.present, state.selection.layer), chosen = state.history.present.layers[at];
    if (!chosen) return show("input", () => inputPage(state));
    show(`layer ${chosen.name} ${chosen.kind}`, () => layerPage(entries.get(chosen.kind), chosen.name));
    page.update(state, at, chosen);
  }

  function inputPage({ history }) {
    return { parts: [el("h2", {}, "input"), el("p", { class: "lead" }, `The picture that the network receives: ${shapeText(history.present.input)} numbers between 0 (paper) and 1 (ink).`),
      el("p", { class: "help" }, "Select a layer to change it, or press + on the wire to add one.")] };
  }

  function layerPage(entry, name) {
    const fields = el("div", { class: "fields" }), costs = el("div", { class: "cost-box" });
    const at = () => indexOf(does.present(), name);
    const controls = form(fields, entry.fields, (field, value) => does.change(at(), { [field]: value }, `${name} ${field}`), catalogue);
    const tools = el("div", { class: "row-tools" },
      el("button", { class: "outline", title: "Ctrl D", onclick: () => does.duplicate(at()) }, "Duplicate"), el("button", { class: "outline", title: "Del", onclick: () => does.remove(at()) }, "Remove"),
      el("span", { class: "grow" }), el("button", { class: "tool", title: "Move up  Alt ↑", "aria-label": "Move up", onclick: () => does.shift(at(), -1) }, "↑"),
      el("button", { class: "tool", title: "Move down  Alt ↓", "aria-label": "Move down", onclick: () => does.shift(at(), 1) }, "↓"));
    return {
      parts: [el("h2", {}, name, el("span", { class: "kind" }, ` · ${entry.label}`)), el("p", { class: "lead" }, entry.help), fields, costs, tools],
      update(state, index, chosen) {
        const values = Object.fromEntries(entry.fields.map((field) => [field.name, field.name in chosen ? chosen[field.name] : field.default]));
        controls.update(values, problemsOf(state, index), state.readonly);
        mark(tools, { hidden: state.readonly });
        costs.replaceChildren(...costOf(state, index));
      },
    };
  }

  function training(state) {
    show("training", () => recipePage);
    page.update(state);
  }

  return { update };
}

/** Field → what is wrong with it: refused by the check, or found while the network was put together. */
function problemsOf({ problem, checked }, index) {
  const all = [problem, checked?.problem].filter((one) => one && one.where[0] === "layers" && one.where[1] === index && one.where.length > 2);
  return new Map(all.map((one) => [String(one.where[2]), one.message]));
}

function costOf({ checked }, index) {
  const stage = checked?.stages[index];
  if (!stage) return [];
  const before = index ? checked.stages[index - 1].shape : checked.network.input;
  return [
    el("p", { class: "label" }, "What it costs"),
    el("p", { class: "sum" }, `${shapeText(before)} → `, el("b", {}, shapeText(stage.shape))),
    el("p", { class: "sum" }, stage.parameters ? el("b", {}, `${count(stage.parameters)} parameters`) : "no parameters"),
    el("p", { class: "sum", title: `${count(stage.flops)} operations` }, "for each digit ", el("b", {}, `${amount(stage.flops)} operations`)),
  ];
}
