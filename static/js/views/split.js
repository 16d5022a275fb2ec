// How the images are divided, as a bar: those to learn from, to check with, and to test with once.
import { count } from "../core/numbers.js";
import { el, mark, say } from "../lib/dom.js";

const PARTS = [["training", "learn"], ["validation", "check"], ["test", "test"]];

/** @returns {{root: HTMLElement, update: (images: {training: number, validation: number, test: number} | null) => void}} */
export function split() {
  const bars = PARTS.map(([name]) => el("i", { class: `split-${name}` })), words = PARTS.map(([name]) => el("span", { class: `split-${name}` }));
  const root = el("figure", { class: "split", hidden: true }, el("div", { class: "split-bar", "aria-hidden": "true" }, ...bars), el("figcaption", { class: "help" }, ...words));
  return {
    root,
    update(images) {
      mark(root, { hidden: !images });
      if (!images) return;
      PARTS.forEach(([name, does], at) => {
        bars[at].style.flexGrow = String(images[name]);
        say(words[at], `${count(images[name])} ${does}`);
      });
    },
  };
}
