// The right drawer: settings of the selected layer, and of training. Forms come from the catalogue.
import { indexOf } from "../core/network.js";
import { amount, count, shapeText } from "../core/numbers.js";
import { entryWithDefaults } from "../core/recipe.js";
import { isLive, showsRun } from "../core/situation.js";
import { el, mark, say } from "../lib/dom.js";
import { form } from "../views/form.js";

const ENTRIES = { dataset: "datasets", optimizer: "optimizers", loss: "losses" };

/** @param {{body: HTMLElement, tabs: HTMLElement}} roots @param {any} does the page's acts @param {any} catalogue */
export function drawerPanel(roots, does, catalogue) {
  const entries = new Map(catalogue.layers.map((entry) => [entry.kind, entry]));
  let built = "", page = null, known = [];
  roots.body.addEventListener("focusout", (event) => /** @type {Element} */ (event.target).matches("input") && does.leaveField());

  function update(state) {
    const key = [state.history.present, state.checked, state.job, state.selection.layer, state.drawer, state.run, state.problem, state.readonly, state.transcript.lr];
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
    const controls = form(fields, entry.fields, (field, value) => does.change(at(), { [field]: value }, `${name} ${field}`));
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
    const { job } = state, groups = Object.keys(ENTRIES).map((part) => job[part].kind).join(" ");
    show(`training ${groups}`, () => trainingPage(job));
    page.update(state);
  }

  function trainingPage(job) {
    const fields = jobFields(job), parts = fields.map(({ part, list }) => {
      const root = el("div", { class: "fields", "data-part": part || null });
      return { part, root, controls: form(root, list, (name, value) => tell(part, name, value)) };
    });
    const note = el("p", { class: "help" });
    return {
      parts: [el("h2", {}, "Training"), note, ...parts.map((one) => one.root)],
      update(state) {
        const busy = isLive(state.run) && showsRun(state), shown = showsRun(state) && busy ? { ...state.job, ...state.run.job } : state.job;
        say(note, state.readonly ? "To look at, not to change." : busy ? "While it trains, only the learning rate can be changed." : "");
        mark(note, { hidden: !note.textContent });
        for (const { part, root, controls } of parts) {
          const live = busy && part === "optimizer", values = part ? { ...shown[part], [part]: shown[part].kind } : shown;
          const lr = live && state.transcript.lr != null ? { lr: state.transcript.lr } : {};
          controls.update({ ...values, ...lr }, jobProblems(state, part), state.readonly || (busy && !live));
          if (live) restAllBut(root, "lr");
        }
      },
    };
  }

  /** The parts of the form: what to learn from, how long, how. */
  function jobFields(job) {
    const own = catalogue.job.fields, named = (names) => own.filter((field) => names.includes(field.name));
    const part = (name, label) => ({ part: name, list: [choiceOf(name, label), ...(find(name, job)?.fields ?? [])] });
    const rest = own.filter((field) => !["validation", "batch_size", "epochs", "network", "dataset", "optimizer", "loss", "test", "threads", "format"].includes(field.name));
    return [part("dataset", "Dataset"), { part: "", list: named(["validation", "batch_size", "epochs"]) }, part("optimizer", "Optimizer"),
      ...(catalogue.losses.length > 1 ? [part("loss", "Loss")] : []), { part: "", list: rest }];
  }

  const find = (name, job) => catalogue[ENTRIES[name]].find((entry) => entry.kind === job[name].kind);
  const choiceOf = (name, label) => ({ name, label, type: "choice", choices: catalogue[ENTRIES[name]], nullable: false, help: "" });

  function tell(part, name, value) {
    if (!part) return does.changeJob({ [name]: value });
    const { job } = does.state();
    if (name === part) return does.changeJob({ [part]: entryWithDefaults(catalogue[ENTRIES[part]], value) });
    does.changeJob({ [part]: { ...job[part], [name]: value } });
    if (name === "lr") does.setRate(value);
  }

  return { update };
}

function restAllBut(root, name) {
  for (const field of root.querySelectorAll(".field")) {
    if (field.dataset.field === name) continue;
    for (const control of field.querySelectorAll("input, select, button")) control.disabled = true;
  }
}

/** Field → what is wrong with it: refused by the check, or found while the network was put together. */
function problemsOf({ problem, checked }, index) {
  const all = [problem, checked?.problem].filter((one) => one && one.where[0] === "layers" && one.where[1] === index && one.where.length > 2);
  return new Map(all.map((one) => [String(one.where[2]), one.message]));
}

function jobProblems({ problem }, part) {
  if (!problem || problem.where[0] === "layers") return new Map();
  const [first, second] = problem.where.map(String);
  return part ? new Map(first === part ? [[second ?? part, problem.message]] : []) : new Map([[first, problem.message]]);
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
