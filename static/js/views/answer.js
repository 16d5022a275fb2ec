// Ten bands, like an equalizer, and the answer in words.
import { nameOf } from "../core/classes.js";
import { percent } from "../core/numbers.js";
import { el, mark, say } from "../lib/dom.js";

/** @param {HTMLElement} root @param {(digit: number) => void} onselect
 * @returns {{paint: (probe: import("../core/frame.js").Probe | null, names?: string[]) => void, select: (digit: number | null) => void}} */
export function answer(root, onselect) {
  const said = root.querySelector(".said"), digit = el("b"), sure = el("span");
  said.append(digit, sure);
  const bands = [];
  const list = root.querySelector(".bands");

  function grow(length) {
    while (bands.length < length) bands.push(band(bands.length));
    bands.forEach((one, at) => mark(one.root, { hidden: at >= length }));
  }

  function band(at) {
    const bar = el("i"), name = el("b", {}, String(at));
    const button = el("button", { class: "band", onclick: () => onselect(at) }, el("span", { class: "band-slot" }, bar), name);
    list.append(button);
    return { root: button, bar, name };
  }

  /** A name that is longer than a band is wide stands in its title. */
  function paint(probe, names = []) {
    const chances = probe?.blank ? null : probe?.probabilities ?? null, best = chances ? probe.digit : null;
    if (chances) grow(chances.length);
    say(digit, best == null ? "" : nameOf(names, best));
    say(sure, best == null ? (probe?.blank ? "nothing yet" : "–") : percent(chances[best]));
    bands.forEach((one, at) => {
      const chance = chances?.[at] ?? 0;
      one.bar.style.transform = `scaleY(${chance})`;
      one.root.classList.toggle("is-best", at === best);
      const name = nameOf(names, at);
      say(one.name, name.length > 2 ? String(at) : name);
      mark(one.root, { title: chances ? `${name}: ${percent(chance, 2)}` : null, "aria-label": chances ? `${name}: ${percent(chance, 1)}` : name });
    });
  }

  grow(10);
  return { paint, select: (chosen) => bands.forEach((one, at) => one.root.classList.toggle("is-selected", at === chosen)) };
}
