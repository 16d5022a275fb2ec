// The learning-rate finder, small: a button, how the loss moves over the rate, what is suggested, and a button that takes it.
import { curveOf, isSearching, isStale, saidOf } from "../core/finder.js";
import { rate } from "../core/numbers.js";
import { el, mark, say } from "../lib/dom.js";

const SVG = "http://www.w3.org/2000/svg", SIZE = 100;
const EXPLAINED = "Tries growing learning rates on a fresh copy of this network, a batch each, and suggests one. Nothing of it is kept.";

/** @param {{find: () => void, stopFinding: () => void, useRate: (lr: number) => void}} does
 * @returns {{root: HTMLElement, update: (state: any, rests: boolean) => void}} */
export function finder(does) {
  const button = el("button", { class: "quiet", type: "button", onclick: () => (isSearching(now) ? does.stopFinding() : does.find()) });
  const use = el("button", { class: "outline", type: "button", onclick: () => does.useRate(suggested(now)) });
  const words = el("p", { class: "help", role: "status" }), picture = curve();
  const root = el("div", { class: "finder" }, button, picture.root, words, use);
  let now = null;

  return {
    root,
    update(state, rests) {
      now = state.finder;
      const goesOn = isSearching(now), stale = Boolean(now && !goesOn && isStale(now, state)), lr = stale ? null : suggested(now);
      mark(root, { hidden: rests && !goesOn });
      say(button, goesOn ? "Stop the search" : now ? "Find again" : "Find a good rate");
      const isWhole = Boolean(state.checked && !state.checked.problem && state.history.present.layers.length);
      mark(button, { title: goesOn ? "End it here" : isWhole ? EXPLAINED : "First the network has to be whole", disabled: !goesOn && !isWhole });
      picture.update(now?.search ?? null, stale);
      mark(words, { hidden: !now });
      words.classList.toggle("is-problem", Boolean(now?.problem));
      if (now) say(words, saidOf(now, stale));
      const isSet = lr !== null && state.job.optimizer.lr === lr;
      mark(use, { hidden: lr === null, "aria-pressed": String(isSet) });
      if (lr !== null) say(use, isSet ? `${rate(lr)} is set` : `Use ${rate(lr)}`);
    },
  };
}

const suggested = (finder) => finder?.search.ended?.lr ?? null;

/** @returns {{root: HTMLElement, update: (search: import("../core/finder.js").Search | null, stale: boolean) => void}} */
function curve() {
  const [raw, smooth, found] = ["raw", "smooth", "found"].map((name) => part("path", { class: name })), drawing = part("svg", { viewBox: `0 0 ${SIZE} ${SIZE}`, preserveAspectRatio: "none" });
  drawing.append(found, raw, smooth);
  const dot = el("i", { class: "dot" }), label = el("b", { class: "found-rate" }), plot = el("div", { class: "finder-plot" }, drawing, dot, label);
  const down = el("div", { class: "finder-down" }), across = el("div", { class: "finder-across" });
  const root = el("figure", { class: "finder-curve", hidden: true, "aria-hidden": "true" }, el("figcaption", { class: "label" }, "Loss, as the rate grows"), down, plot, across);
  let drawn = null;

  function draw(told) {
    mark(raw, { d: pathOf(told.raw) });
    mark(smooth, { d: pathOf(told.smooth) });
    across.replaceChildren(...told.across.map(({ at, text }) => placed("insetInlineStart", at, text)));
    down.replaceChildren(...told.down.map(({ at, text }) => placed("insetBlockStart", at, text)));
    for (const one of [found, dot, label]) mark(one, { hidden: !told.found });
    if (told.found) point(told.found);
  }

  function point({ x, y, text, isLeft }) {
    mark(found, { d: `M${x * SIZE} 0V${SIZE}` });
    dot.style.insetInlineStart = label.style.insetInlineStart = `${x * 100}%`;
    dot.style.insetBlockStart = `${y * 100}%`;
    label.classList.toggle("is-left", isLeft);
    say(label, text);
  }

  return {
    root,
    update(search, stale) {
      root.classList.toggle("is-stale", stale);
      if (search === drawn) return;
      drawn = search;
      const told = search && curveOf(search);
      mark(root, { hidden: !told });
      if (told) draw(told);
    },
  };
}

function part(name, attributes) {
  const made = document.createElementNS(SVG, name);
  mark(made, attributes);
  return made;
}

function placed(side, at, text) {
  const made = el("span", {}, text);
  made.style[side] = `${at * 100}%`;
  return made;
}

const pathOf = (points) => points.map(([x, y], at) => `${at ? "L" : "M"}${(x * SIZE).toFixed(2)} ${(Math.max(-1, y) * SIZE).toFixed(2)}`).join("");
