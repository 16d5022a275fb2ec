// Settings of the training: the fields of a job in groups, all made from the catalogue.
import { classesOf, nameOf } from "../core/classes.js";
import { groupsOf, problemsAt, problemsIn, summaryOf } from "../core/recipe.js";
import { isLive, showsRun } from "../core/situation.js";
import { lossesRefused } from "../core/task.js";
import { el, mark, say } from "../lib/dom.js";
import { augmentations } from "../views/augmentations.js";
import { batchView } from "../views/batch.js";
import { finder } from "../views/finder.js";
import { form } from "../views/form.js";
import { rates } from "../views/rates.js";
import { split } from "../views/split.js";

const OPEN = ["task", "data", "training", "optimizer"];
const RATE = "[data-field=optimizer] [data-field=lr]";

/** @param {any} does the page's acts @param {any} catalogue @returns {{parts: HTMLElement[], update: (state: any) => void, repaint: () => void}} */
export function trainingPage(does, catalogue) {
  const note = el("p", { class: "help" }), planned = rates(), finds = finder(does);
  const divided = split(), dealt = batchView(does), cards = augmentations(catalogue.augmentations ?? [], (list) => does.changeJob({ augmentation: list }), does.tryAgain);
  const groups = groupsOf(catalogue).map(section);
  const back = el("button", { class: "outline", onclick: does.defaultJob }, "Back to the defaults");
  const search = el("button", { class: "outline", "aria-haspopup": "dialog", onclick: () => does.search(search) }, "Search for better settings …");

  /** A group folds to one line, which says what is chosen in it. */
  function section(group) {
    const body = el("div", { class: "fields" }), said = el("span", { class: "group-said" });
    const root = el("details", { class: "group", "data-group": group.name, open: OPEN.includes(group.name) }, el("summary", {}, el("b", {}, group.label), said), body);
    const controls = form(body, group.fields, change, catalogue);
    if (group.fields.some((field) => field.of === "schedules")) root.append(planned.root);
    if (group.fields.some((field) => field.of === "augmentations")) {
      body.querySelector("[data-field=validation]")?.after(divided.root);
      root.append(cards.root, dealt.root);
    }
    return {
      root,
      update(job, problems, rests, refused) {
        controls.update(job, problems, rests, refused);
        const summary = summaryOf(group, job, catalogue);
        say(said, summary);
        mark(said, { title: summary });
        if (group.fields.some((field) => [...problems.keys()].some((path) => path.split(".")[0] === field.name))) root.open = true;
      },
    };
  }

  function change(name, value) {
    const before = does.state().job[name];
    does.changeJob({ [name]: value });
    if (value?.lr !== before?.lr) does.setRate(value?.lr);
  }

  function update(state) {
    const busy = isLive(state.run) && showsRun(state), rests = state.readonly || busy;
    const own = busy ? { ...state.job, ...state.run.job } : state.job, lr = busy && !state.readonly ? state.transcript.lr ?? own.optimizer.lr : null;
    const job = lr == null ? own : { ...own, optimizer: { ...own.optimizer, lr } }, problems = problemsAt(state.problem ?? state.estimate?.problem);
    say(note, state.readonly ? "To look at, not to change." : busy ? "While it trains, only the learning rate can be changed." : "");
    mark(note, { hidden: !note.textContent });
    const refused = new Map([["loss", lossesRefused(job, catalogue)]]);
    for (const group of groups) group.update(job, problems, rests, refused);
    if (lr != null) wake(groups);
    planned.update(state.planned);
    divided.update(state.planned?.images ?? null);
    const names = classesOf(catalogue, job.dataset.kind);
    cards.update(job.augmentation ?? [], state.tried, names, problemsIn(problems, "augmentation"), rests);
    dealt.update(state.batch, (label) => nameOf(names, label));
    putBeside(groups, finds.root);
    finds.update(state, rests);
    mark(back, { hidden: rests });
    const isWhole = Boolean(state.checked && !state.checked.problem && state.history.present.layers.length);
    mark(search, { hidden: rests || !state.opening.doors?.includes("studies"), disabled: !isWhole, title: isWhole ? null : "First the network has to be whole" });
  }

  const parts = [note, ...groups.map((group) => group.root), el("div", { class: "row-tools" }, search, back)];
  return { parts, update, repaint: () => (cards.repaint(), dealt.repaint()) };
}

/** The one field that works while everything else rests. */
function wake(groups) {
  for (const { root } of groups) for (const control of root.querySelectorAll(`${RATE} input`)) control.disabled = false;
}

/** The finder belongs to the rate, whose field is made anew with every other optimizer. */
function putBeside(groups, finds) {
  const place = groups.map(({ root }) => root.querySelector(RATE)).find(Boolean) ?? null;
  if (finds.parentElement === place) return;
  finds.remove();
  place?.append(finds);
}
