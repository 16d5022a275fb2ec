// Which fields mattered, as bars; a press puts the points over that field.
import { titleOf } from "../core/study.js";
import { percent } from "../core/numbers.js";
import { el, mark } from "../lib/dom.js";

/** @param {HTMLElement} root @param {(path: string) => void} choose @returns {(study: any, chosen: string | null) => void} */
export function importance(root, choose) {
  let wrote = "";

  function row(axis, share) {
    const bar = el("i");
    bar.style.inlineSize = `${100 * share}%`;
    return el("li", {}, el("button", { type: "button", "data-path": axis.path, onclick: () => choose(axis.path) },
      el("span", { class: "importance-name" }, titleOf(axis)), el("span", { class: "importance-share" }, percent(share, 0)), el("span", { class: "track", "aria-hidden": "true" }, bar)));
  }

  return function update(study, chosen) {
    const known = Object.entries(study.importances), key = JSON.stringify(known);
    if (key !== wrote || !root.childElementCount) {
      wrote = key;
      const rows = known.map(([path, share]) => row(study.axes.find((axis) => axis.path === path), share));
      root.replaceChildren(rows.length ? el("ol", {}, ...rows) : el("p", { class: "hint" }, "Known once a few trials have come to their end."));
    }
    for (const button of root.querySelectorAll("button")) mark(button, { "aria-pressed": String(button.dataset.path === chosen) });
  };
}
