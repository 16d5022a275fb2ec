// The learning rate as it is planned, small: a line over the steps to come.
import { count, rate } from "../core/numbers.js";
import { el, mark, say } from "../lib/dom.js";

const SVG = "http://www.w3.org/2000/svg", WIDTH = 256, HEIGHT = 48;

/** @returns {{root: HTMLElement, update: (plan: {first: number, every: number, lr: number[]} | null) => void}} */
export function rates() {
  const line = document.createElementNS(SVG, "path"), drawing = document.createElementNS(SVG, "svg");
  mark(drawing, { viewBox: `0 -2 ${WIDTH} ${HEIGHT + 4}`, preserveAspectRatio: "none", "aria-hidden": "true" });
  drawing.append(line);
  const words = el("figcaption", { class: "help" }), root = el("figure", { class: "rates", hidden: true }, drawing, words);
  let drawn = null;

  return {
    root,
    update(plan) {
      if (plan === drawn) return;
      drawn = plan;
      mark(root, { hidden: !plan || new Set(plan.lr).size < 2 });
      if (root.hidden) return;
      mark(line, { d: pathOf(plan.lr) });
      say(words, wordsOf(plan));
    },
  };
}

/** @param {number[]} lr @returns {string} */
function pathOf(lr) {
  const top = Math.max(...lr), across = WIDTH / (lr.length - 1);
  return lr.map((value, at) => `${at ? "L" : "M"}${(at * across).toFixed(1)} ${(HEIGHT * (1 - value / top)).toFixed(1)}`).join("");
}

function wordsOf({ first, every, lr }) {
  const last = first + (lr.length - 1) * every;
  return `Learning rate from ${rate(lr[0])} to ${rate(lr[lr.length - 1])}, at most ${rate(Math.max(...lr))}, over ${count(last)} steps`;
}
