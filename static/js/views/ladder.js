// The ladder: how far each trial came, at which epochs trials are compared, and who was given up there.
import { ladderOf, rungsOf, scoreText, standing, stateOf } from "../core/study.js";
import { el, mark, say } from "../lib/dom.js";

const SIGNS = { done: "●", pruned: "✕", stopped: "■", diverged: "!", failed: "!", refused: "!", running: "▸", waiting: "" };

/** @param {HTMLElement} root @param {(number: number) => void} select @returns {(study: any, selected: number[]) => void} */
export function ladder(root, select) {
  const rows = new Map(), rungs = el("div", { class: "rungs", "aria-hidden": "true" }), list = el("ol", { class: "ladder-rows" });
  root.replaceChildren(rungs, list);

  function rowOf(number) {
    if (rows.has(number)) return rows.get(number);
    const bar = el("i", { class: "reached" }), sign = el("span", { class: "sign" }), score = el("span", { class: "ladder-score" });
    const button = el("button", { type: "button", onclick: () => select(number) }, el("span", { class: "ladder-number" }, String(number + 1)), el("span", { class: "track" }, bar, sign), score);
    const row = { root: el("li", {}, button), button, bar, sign, score };
    rows.set(number, row);
    list.append(row.root);
    return row;
  }

  return function update(study, selected) {
    const told = ladderOf(study), most = Math.max(1, ...told.map((one) => one.planned));
    rungs.replaceChildren(...rungsOf(study, most).map((epoch) => placed(epoch / most, String(epoch))));
    for (const { trial, done } of told) {
      const row = rowOf(trial.number), score = scoreText(study, standing(study, trial)), share = `${(100 * done) / most}%`;
      row.bar.style.inlineSize = share;
      row.sign.style.insetInlineStart = share;
      say(row.sign, SIGNS[trial.state] ?? "");
      say(row.score, score);
      mark(row.root, { "data-state": trial.state });
      mark(row.button, { "aria-pressed": String(selected.includes(trial.number)), "aria-label": `Trial ${trial.number + 1}, ${stateOf(trial)} after ${done} ${done === 1 ? "epoch" : "epochs"}, ${score}`,
        title: `Trial ${trial.number + 1}: ${stateOf(trial)} after ${done} ${done === 1 ? "epoch" : "epochs"}` });
    }
  };
}

function placed(share, words) {
  const made = el("span", {}, words);
  made.style.insetInlineStart = `${100 * share}%`;
  return made;
}
