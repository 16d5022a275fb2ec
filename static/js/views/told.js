// An answer that is no row of classes: yes or no, a number, a picture.
import { percent, plain } from "../core/numbers.js";
import { layerOf, numbers } from "../core/frame.js";
import { el, mark, say } from "../lib/dom.js";
import { paintNumbers } from "../lib/paint.js";

/** @param {HTMLElement} root @returns {{paint: (probe: import("../core/frame.js").Probe, answer: import("../core/task.js").Answer | null) => void}} */
export function otherAnswer(root) {
  const word = el("b", { class: "told-word" }), more = el("span", { class: "told-more" }), fill = el("i");
  const bar = el("span", { class: "told-bar", "aria-hidden": "true" }, fill), given = el("canvas"), made = el("canvas");
  const pictures = el("div", { class: "told-pictures" }, el("figure", {}, given, el("figcaption", {}, "goes in")), el("span", { "aria-hidden": "true" }, "→"), el("figure", {}, made, el("figcaption", {}, "comes out")));
  root.append(el("p", { class: "told-line", "aria-live": "polite" }, word, more), bar, pictures);

  function paint(probe, answer) {
    const form = answer?.form ?? "none";
    mark(root, { hidden: form === "classes" });
    mark(bar, { hidden: form !== "two" });
    mark(pictures, { hidden: form !== "picture" });
    ({ classes() {}, none, two, number, picture })[form](answer, probe);
  }

  function none(_, probe) {
    say(word, "");
    say(more, probe.blank ? "nothing yet" : "–");
  }

  function two({ yes, chance, score, name }) {
    say(word, yes ? "yes" : "no");
    say(more, chance == null ? `a ${name}? score ${plain(score, 2)}` : `a ${name}: ${percent(chance)}`);
    fill.style.transform = `scaleX(${chance ?? Math.min(1, Math.max(0, (score + 1) / 2))})`;
  }

  function number({ words, odd }) {
    say(word, words);
    say(more, odd);
  }

  function picture({ values, width, height }, probe) {
    say(word, "");
    say(more, "");
    const input = layerOf(probe, "input");
    if (input) paintNumbers(given, numbers(input), 0, width, height, { top: 1, isAmount: true });
    paintNumbers(made, values, 0, width, height, { top: 1, isAmount: true });
  }

  return { paint };
}
