// The right drawer: settings of the selected layer, and of training. Forms come from the catalogue.
import { indexOf, sourcesOf } from "../core/network.js";
import { amount, count, shapeText, unbroken } from "../core/numbers.js";
import { isPlane } from "../core/task.js";
import { el, mark } from "../lib/dom.js";
import { form } from "../views/form.js";
import { sources } from "../views/sources.js";
import { codePage } from "./code.js";
import { trainingPage } from "./training.js";

/** @param {{body: HTMLElement, tabs: HTMLElement}} roots @param {any} does the page's acts @param {any} catalogue */
export function drawerPanel(roots, does, catalogue) {
  const entries = new Map(catalogue.layers.map((entry) => [entry.kind, entry]));
  let built = "", page = null, known = [];
  const recipePage = trainingPage(does, catalogue), scriptPage = codePage(does);
  roots.body.addEventListener("focusout", (event) => /** @type {Element} */ (event.target).matches("input") && does.leaveField());

  function update(state) {
    const key = [state.history.present, state.checked, state.job, state.selection.layer, state.drawer, state.run, state.problem, state.readonly, state.transcript.lr, state.estimate, state.planned, state.finder, state.code, state.language, state.tried, state.batch];
    if (key.every((part, at) => part === known[at])) return;
    known = key;
    for (const tab of roots.tabs.children) mark(tab, { "aria-selected": String(/** @type {HTMLElement} */ (tab).dataset.tab === state.drawer), tabindex: /** @type {HTMLElement} */ (tab).dataset.tab === state.drawer ? 0 : -1 });
    ({ layer, training, code })[state.drawer](state);
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
    if (!chosen) return show(`input ${state.history.present.input}`, () => inputPage(state));
    show(`layer ${chosen.name} ${chosen.kind}`, () => layerPage(entries.get(chosen.kind), chosen.name));
    page.update(state, at, chosen);
  }

  function inputPage({ history }) {
    const words = isPlane(history.present) ? "A point of the plane: how far right, how far up." : `The picture that the network receives: ${shapeText(history.present.input)} numbers between 0 (paper) and 1 (ink).`;
    return { parts: [el("h2", {}, "input"), el("p", { class: "lead" }, words),
      el("p", { class: "help" }, "Select a layer to change it, or press + on the wire to add one.")] };
  }

  function layerPage(entry, name) {
    const fields = el("div", { class: "fields" }), costs = el("div", { class: "cost-box" });
    const at = () => indexOf(does.present(), name), reads = sources(Boolean(entry.joins), (inputs) => does.read(at(), inputs)), title = nameField(name, (typed) => does.renameLayer(at(), typed));
    const controls = form(fields, entry.fields, (field, value) => does.change(at(), { [field]: value }, `${name} ${field}`), catalogue);
    const tools = el("div", { class: "row-tools" },
      el("button", { class: "outline", title: "Ctrl D", onclick: () => does.duplicate(at()) }, "Duplicate"), el("button", { class: "outline", title: "Del", onclick: () => does.remove(at()) }, "Remove"),
      el("span", { class: "grow" }), el("button", { class: "tool", title: "Move up  Alt ↑", "aria-label": "Move up", onclick: () => does.shift(at(), -1) }, "↑"),
      el("button", { class: "tool", title: "Move down  Alt ↓", "aria-label": "Move down", onclick: () => does.shift(at(), 1) }, "↓"));
    return {
      parts: [el("h2", {}, title, el("span", { class: "kind" }, ` · ${entry.label}`)), el("p", { class: "lead" }, unbroken(entry.help)),
        ...(entry.joins ? [reads.root, fields] : [fields, reads.root]), costs, tools],
      update(state, index, chosen) {
        const values = Object.fromEntries(entry.fields.map((field) => [field.name, field.name in chosen ? chosen[field.name] : field.default]));
        const problems = problemsOf(state, index);
        controls.update(values, problems, state.readonly);
        reads.update(sourcesOf(state.history.present, index), aboveOf(state, index), problems.get("inputs") ?? null, state.readonly);
        title.disabled = state.readonly;
        mark(tools, { hidden: state.readonly });
        costs.replaceChildren(...costOf(state, index));
      },
    };
  }

  function training(state) {
    show("training", () => recipePage);
    page.update(state);
  }

  function code(state) {
    show("code", () => scriptPage);
    page.update(state);
  }

  return { update, repaint: recipePage.repaint };
}

/** The name of a layer, to be changed in place; Esc takes back what was typed. */
function nameField(name, tell) {
  const input = el("input", { class: "layer-name", value: name, size: Math.max(4, name.length), maxlength: 40, spellcheck: "false", autocomplete: "off", "aria-label": "Name of the layer",
    onchange: () => tell(input.value.trim()), onkeydown: (event) => {
      if (event.key === "Escape") input.value = name;
      if (event.key === "Escape" || event.key === "Enter") input.blur();
    } });
  return input;
}

/** All that a layer could read: the input and the layers above, with what they give where it is known. */
const aboveOf = ({ history, checked }, index) => [{ name: "input", shape: history.present.input },
  ...history.present.layers.slice(0, index).map((layer, at) => ({ name: layer.name, shape: checked?.stages[at]?.shape ?? null }))];

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
    el("p", { class: "sum", title: `${count(stage.flops)} operations` }, "for each example ", el("b", {}, `${amount(stage.flops)} operations`)),
  ];
}
