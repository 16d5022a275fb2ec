// All trials in a table, the best first or in their order; each leads into the Lab.
import { explored, ranked, scoreText, standing, stateOf, titleOf, valueText } from "../core/study.js";
import { count, duration } from "../core/numbers.js";
import { el } from "../lib/dom.js";

/** @param {HTMLElement} root @param {(number: number) => void} select @returns {(study: any, selected: number[]) => void} */
export function trials(root, select) {
  let byRank = true, last = null, wrote = "";

  function sort(rank) {
    byRank = rank;
    if (last) update(last.study, last.selected);
  }

  const header = (words, rank) => el("th", { scope: "col", "aria-sort": byRank === rank ? (rank ? "descending" : "ascending") : "none" },
    el("button", { type: "button", class: "quiet", onclick: () => sort(rank) }, words));

  function row(study, trial, selected) {
    const epochs = trial.reports.length ? trial.reports[trial.reports.length - 1][0] : 0, isBest = trial.number === study.best;
    return el("tr", { "data-state": trial.state, "aria-selected": String(selected.includes(trial.number)), onclick: () => select(trial.number), title: trial.reason || null },
      el("th", { scope: "row" }, `${trial.number + 1}`, isBest ? el("span", { class: "star", title: "The best" }, " ★") : null),
      el("td", { class: "score" }, scoreText(study, standing(study, trial))), el("td", {}, stateOf(trial)),
      ...study.axes.map((axis) => el("td", {}, valueText(trial.values[axis.path]))),
      el("td", {}, count(epochs)), el("td", {}, trial.seconds ? duration(trial.seconds) : "–"),
      el("td", {}, trial.run ? el("a", { href: `/lab/?run=${trial.run}`, "aria-label": `Open trial ${trial.number + 1} in the Lab` }, "Open") : ""));
  }

  function update(study, selected) {
    last = { study, selected };
    const order = byRank ? ranked(study) : explored(study), key = JSON.stringify([byRank, selected, study.best, order.map((trial) => [trial.number, trial.seq])]);
    if (key === wrote) return;
    wrote = key;
    root.replaceChildren(el("table", {},
      el("thead", {}, el("tr", {}, header("Trial", false), header(study.plan.objective === "loss" ? "Loss" : "Accuracy", true), el("th", { scope: "col" }, "How it is"),
        ...study.axes.map((axis) => el("th", { scope: "col" }, titleOf(axis))), el("th", { scope: "col" }, "Epochs done"), el("th", { scope: "col" }, "Trained"), el("th", { scope: "col" }, el("span", { class: "unseen" }, "Open")))),
      el("tbody", {}, ...order.map((trial) => row(study, trial, selected)))));
  }

  return update;
}
