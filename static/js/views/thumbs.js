// Small digits to click: pinned ones with the network's answer, samples without.
import { fromBase64 } from "../core/frame.js";
import { el, icon, mark, say } from "../lib/dom.js";
import { paintBytes } from "../lib/paint.js";

/** @typedef {{id: string, picture: string, label: number | null, name?: string}} Thumb a picture in base64
 * @typedef {{word: string, digit: number | null, words: string}} Verdict what the network says of it; `digit` where that can be right or wrong */

/** @param {HTMLElement} root @param {{choose: (thumb: Thumb) => void, drop?: (thumb: Thumb) => void}} does
 * @returns {{update: (thumbs: Thumb[], chosen: string) => void, paint: (answers: Map<string, Verdict>) => void,
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

  function paint(answers) {
    for (const one of shown) {
      const answer = answers.get(one.thumb.id);
      if (!one.word) continue;
      const { label } = one.thumb, judges = answer && label != null && answer.digit != null, right = judges && label === answer.digit;
      say(one.word, !answer ? "" : judges ? `${right ? "✓" : "✕"} ${answer.word}` : answer.word);
      one.word.classList.toggle("is-wrong", Boolean(judges && !right));
      const truth = label == null ? "Your digit" : `This is a ${one.thumb.name ?? label}`;
      mark(one.button, { title: answer ? `${truth}; ${answer.words}` : truth });
    }
  }

  function repaint() {
    for (const { canvas, thumb } of shown) paintBytes(canvas, fromBase64(thumb.picture), 0, 28, 28, { low: 0, high: 1, top: 1, isAmount: true });
  }

  return { update, paint, repaint };
}
