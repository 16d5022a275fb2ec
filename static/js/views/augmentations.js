// Augmentation as cards: one adds, orders and takes away; nine pictures show what comes of the digit in hand.
import { added, changed, fieldsOf, MOST, moved, removed } from "../core/augmentation.js";
import { nameOf } from "../core/classes.js";
import { fromBase64 } from "../core/frame.js";
import { unbroken } from "../core/numbers.js";
import { problemsIn } from "../core/recipe.js";
import { el, icon, mark, say } from "../lib/dom.js";
import { paintBytes } from "../lib/paint.js";
import { form } from "./form.js";

const WAYS = 9, SCALE = { low: 0, high: 1, top: 1, isAmount: true };

/** @typedef {{before: string, label: number | null, pictures: string[]}} Tried pictures in base64 */

/** @param {any[]} entries of the catalogue @param {(list: any[]) => void} tell @param {() => void} again other chances
 * @returns {{root: HTMLElement, update: (list: any[], tried: Tried | null, names: string[], problems: Map<string, string>, rests: boolean) => void, repaint: () => void}} */
export function augmentations(entries, tell, again) {
  const known = new Map(entries.map((entry) => [entry.kind, entry])), list = el("ol", { class: "aug-cards" }), wrong = el("p", { class: "field-problem", role: "alert", hidden: true });
  const adder = el("select", { class: "pick", "aria-label": "Add an augmentation", onchange: add }, el("option", { value: "" }, "Add …"),
    ...entries.map((entry) => el("option", { value: entry.kind }, entry.label)));
  const before = el("canvas", { width: 28, height: 28 }), ways = Array.from({ length: WAYS }, () => el("canvas", { width: 28, height: 28 }));
  const dice = el("button", { class: "tool", type: "button", title: "Other chances", "aria-label": "Other chances", onclick: again }, icon("shuffle"));
  const whose = el("figcaption", { class: "hint" });
  const figure = el("figure", { class: "aug-tried", hidden: true }, el("div", { class: "aug-before" }, before, whose, dice),
    el("div", { class: "aug-ways", role: "img", "aria-label": "Nine ways in which this digit may come to the training" }, ...ways));
  const root = el("section", { class: "augment", "data-field": "augmentation" },
    el("div", { class: "field" }, el("h3", { class: "label" }, "Augmentation"), adder), el("p", { class: "help" }, "Changes training pictures at random, from top to bottom; never those that check or test."), figure, list, wrong);
  let now = [], cards = [], shape = "", painted = null, called = [];

  function add() {
    const kind = adder.value;
    adder.value = "";
    if (kind && now.length < MOST) change(added(now, entries, kind));
  }

  /** Remembered at once: the next change may come before the page is drawn anew, and must not undo this one. */
  function change(next) {
    if (next === now) return;
    now = next;
    tell(next);
  }

  function card({ kind }, at) {
    const entry = known.get(kind), name = entry?.label ?? kind, body = el("div", { class: "fields" });
    const controls = form(body, entry ? fieldsOf(entry) : [], (field, value) => change(changed(now, at, field, value)));
    const tool = (title, content, act) => el("button", { class: "tool", type: "button", title, "aria-label": `${title}: ${name}`, onclick: act }, content);
    const up = tool("Earlier", "↑", () => change(moved(now, at, -1))), down = tool("Later", "↓", () => change(moved(now, at, 1)));
    const away = tool("Take away", icon("clear"), () => change(removed(now, at)));
    const item = el("li", { class: "aug-card", "data-kind": kind }, el("div", { class: "aug-head" }, el("b", { title: entry ? unbroken(entry.help.split("\n\n")[0]) : null }, name), el("span", { class: "grow" }), up, down, away), body);
    return {
      item,
      update(value, problems, rests) {
        controls.update(value, problems, rests);
        up.disabled = rests || at === 0;
        down.disabled = rests || at === now.length - 1;
        away.disabled = rests;
      },
    };
  }

  /** Made anew only where other kinds stand there, so that focus and a slider in hand stay. */
  function build() {
    const next = now.map((one) => one.kind).join(" ");
    if (next === shape) return;
    shape = next;
    cards = now.map(card);
    list.replaceChildren(...cards.map((one) => one.item));
  }

  function paint(tried, names) {
    painted = tried;
    mark(figure, { hidden: !tried });
    if (!tried) return;
    say(whose, tried.label == null ? "yours" : nameOf(names, tried.label));
    paintBytes(before, fromBase64(tried.before), 0, 28, 28, SCALE);
    ways.forEach((canvas, at) => paintBytes(canvas, fromBase64(tried.pictures[at]), 0, 28, 28, SCALE));
  }

  return {
    root,
    update(given, tried, names, problems, rests) {
      now = given;
      build();
      cards.forEach((one, at) => one.update(now[at], problemsIn(problems, String(at)), rests));
      const stray = [...problems].find(([path]) => !path.includes(".") || !cards[Number(path.split(".")[0])]);
      mark(wrong, { hidden: !stray });
      say(wrong, stray?.[1] ?? "");
      adder.disabled = rests || now.length >= MOST;
      if (tried !== painted) paint(tried, names);
      called = names;
    },
    repaint: () => painted && paint(painted, called),
  };
}
