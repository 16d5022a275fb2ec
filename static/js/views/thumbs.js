// Small digits to click: pinned ones with the network's answer, samples without.
import { fromBase64 } from "../core/frame.js";
import { nameOf } from "../core/classes.js";
import { percent } from "../core/numbers.js";
import { el, icon, mark, say } from "../lib/dom.js";
import { paintBytes } from "../lib/paint.js";

/** @typedef {{id: string, picture: string, label: number | null, name?: string}} Thumb a picture in base64 */

/** @param {HTMLElement} root @param {{choose: (thumb: Thumb) => void, drop?: (thumb: Thumb) => void}} does
 * @returns {{update: (thumbs: Thumb[], chosen: string) => void, paint: (answers: Map<string, {digit: number, sure: number}>, names: string[]) => void,
 *   repaint: () => void}} */
export function thumbs(root, { choose, drop }) {
  let shown = [], known = null;

  function update(list, chosen) {
    if (list !== known) build(list);
    for (const one of shown) {
      one.button.classList.toggle("is-selected", one.thumb.id === chosen);
      mark(one.button, { "aria-pressed": one.thumb.id === chosen });
    }
  }

  function build(list) {
    known = list;
    shown = list.map(make);
    root.replaceChildren(...shown.map((one) => one.root));
    repaint();
  }

  function make(thumb) {
    const canvas = el("canvas", { width: 28, height: 28 }), word = drop ? el("span", { class: "verdict" }) : null;
    const name = thumb.label == null ? "your digit" : `a ${thumb.name ?? thumb.label}`;
    const button = el("button", { class: "thumb", title: `Watch ${name}`, "aria-label": `Watch ${name}`, onclick: () => choose(thumb) }, canvas, word);
    const away = drop && el("button", { class: "unpin", title: "Unpin", "aria-label": `Unpin ${name}`, onclick: () => drop(thumb) }, icon("clear"));
    return { thumb, canvas, word, button, root: el("div", { class: "thumb-box" }, button, away) };
  }

  function paint(answers, names) {
    for (const one of shown) {
      const answer = answers.get(one.thumb.id);
      if (!one.word) continue;
      const { label } = one.thumb, right = answer && label === answer.digit;
      const word = answer && nameOf(names, answer.digit);
      say(one.word, !answer ? "" : label == null ? word : `${right ? "✓" : "✕"} ${word}`);
      one.word.classList.toggle("is-wrong", Boolean(answer && label != null && !right));
      const truth = label == null ? "Your digit" : `This is a ${one.thumb.name ?? label}`;
      mark(one.button, { title: answer ? `${truth}; the network says ${word} (${percent(answer.sure)})` : truth });
    }
  }

  function repaint() {
    for (const { canvas, thumb } of shown) paintBytes(canvas, fromBase64(thumb.picture), 0, 28, 28, { low: 0, high: 1, top: 1, isAmount: true });
  }

  return { update, paint, repaint };
}
