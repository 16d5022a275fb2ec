// Settings of the training: the fields of a job, with those of its dataset, optimizer and loss.
import { entryWithDefaults } from "../core/recipe.js";
import { isLive, showsRun } from "../core/situation.js";
import { el, mark, say } from "../lib/dom.js";
import { form } from "../views/form.js";

const ENTRIES = { dataset: "datasets", optimizer: "optimizers", loss: "losses" };
const FIRST = ["validation", "batch_size", "epochs"];
const ELSEWHERE = [...FIRST, ...Object.keys(ENTRIES), "network", "test", "threads", "format"];

/** @param {any} does the page's acts @param {any} catalogue @returns {{parts: HTMLElement[], update: (state: any) => void}} */
export function trainingPage(does, catalogue) {
  const own = catalogue.job.fields, note = el("p", { class: "help" });
  const sections = [
    entrySection("dataset", "Dataset"), plainSection(own.filter((field) => FIRST.includes(field.name))), entrySection("optimizer", "Optimizer"),
    ...(catalogue.losses.length > 1 ? [entrySection("loss", "Loss")] : []), plainSection(own.filter((field) => !ELSEWHERE.includes(field.name))),
  ];

  function plainSection(fields) {
    const root = el("div", { class: "fields" }), controls = form(root, fields, (name, value) => does.changeJob({ [name]: value }));
    return { root, update: (job, problem, rests) => controls.update(job, problemsOf(problem, null), rests) };
  }

  /** A choice of entries, and below it the fields of the chosen one: made anew only where they differ. */
  function entrySection(part, label) {
    const entries = catalogue[ENTRIES[part]], choice = el("div", { class: "fields" }), root = el("div", { class: "fields" });
    const chosen = form(choice, [{ name: part, label, type: "choice", choices: entries, help: "" }], (_, kind) => does.changeJob({ [part]: entryWithDefaults(entries, kind) }));
    let made = "", fields = [], controls = null;

    function build(kind) {
      const next = entries.find((entry) => entry.kind === kind)?.fields ?? [], key = JSON.stringify(next);
      if (key === made) return;
      made = key;
      fields = next;
      controls = form(root, fields, tell);
    }

    function tell(name, value) {
      does.changeJob({ [part]: { ...does.state().job[part], [name]: value } });
      if (name === "lr") does.setRate(value);
    }

    return {
      root: el("div", { class: "fields" }, choice, root),
      update(job, problem, rests, lr) {
        build(job[part].kind);
        const problems = problemsOf(problem, part);
        chosen.update({ [part]: job[part].kind }, problems, rests);
        const isLive = part === "optimizer" && lr != null;
        controls.update({ ...job[part], ...(isLive ? { lr } : {}) }, problems, rests);
        if (isLive) wake(root, "lr");
      },
    };
  }

  function update(state) {
    const busy = isLive(state.run) && showsRun(state), job = busy ? { ...state.job, ...state.run.job } : state.job;
    say(note, state.readonly ? "To look at, not to change." : busy ? "While it trains, only the learning rate can be changed." : "");
    mark(note, { hidden: !note.textContent });
    const lr = busy && !state.readonly ? state.transcript.lr ?? job.optimizer.lr : null;
    for (const section of sections) section.update(job, state.problem, state.readonly || busy, lr);
  }

  return { parts: [el("h2", {}, "Training"), note, ...sections.map((section) => section.root)], update };
}

/** The one field that works while everything else rests. */
function wake(root, name) {
  for (const control of root.querySelectorAll(`[data-field="${name}"] input`)) control.disabled = false;
}

/** Field → what is wrong with it. @param {any} problem @param {string | null} part of the job, or null for its own fields */
function problemsOf(problem, part) {
  if (!problem || problem.where[0] === "layers") return new Map();
  const [first, second] = problem.where.map(String);
  return new Map(part === null ? [[first, problem.message]] : first === part ? [[second ?? part, problem.message]] : []);
}
