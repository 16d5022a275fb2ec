// The timeline under the curves: ticks are kept weights, diamonds what was changed on the way, a star the best epoch.
import { count } from "../core/numbers.js";
import { el, icon, mark, say } from "../lib/dom.js";

const KEYS = { ArrowLeft: ["beside", -1], ArrowDown: ["beside", -1], ArrowRight: ["beside", 1], ArrowUp: ["beside", 1], Home: ["go", 0], End: ["go", null] };

/** @param {HTMLElement} root @param {{seek: (step: number) => void, go: (at: number | null) => void, beside: (direction: -1 | 1) => void, play: () => void, touch: () => void}} does
 * @returns {{update: (view: {now: number, total: number, at: number | null, stops: number[], marks: any[], plays: boolean} | null) => void}} */
export function timeline(root, does) {
  const play = el("button", { class: "tool", onclick: does.play, title: "Play from the first step" }, icon("play"));
  const slider = el("input", { type: "range", min: 0, "aria-label": "Step to look at", oninput: () => does.seek(Number(slider.value)), onkeydown: press });
  const past = el("i", { class: "timeline-past" }), ticks = el("div", { class: "timeline-ticks", "aria-hidden": "true" });
  const words = el("span", { class: "timeline-step" }), back = el("button", { class: "quiet", onclick: () => does.go(null) }, "Now");
  root.replaceChildren(play, el("div", { class: "timeline-track", onpointerenter: does.touch, onfocusin: does.touch }, past, ticks, slider), words, back);
  let drawn = "";

  function press(event) {
    const [act, value] = KEYS[event.key] ?? [];
    if (!act) return;
    event.preventDefault();
    does[act](value);
  }

  function update(view) {
    mark(root, { hidden: !view });
    if (!view) return;
    const { now, total, at, stops, marks, plays } = view, shown = at ?? now, share = (step) => `${(Math.min(step, total) / total) * 100}%`;
    mark(slider, { max: total, "aria-valuetext": at === null ? `now, step ${count(now)}` : `step ${count(at)} of ${count(now)}` });
    if (Number(slider.value) !== shown) slider.value = String(shown);
    past.style.inlineSize = share(shown);
    say(words, at === null ? `${count(now)} / ${count(total)}` : `${count(at)} / ${count(now)} past`);
    mark(back, { disabled: at === null });
    mark(play.querySelector("use"), { href: plays ? "#pause" : "#play" });
    mark(play, { "aria-label": plays ? "Stop playing" : "Play the run from its first step" });
    const key = JSON.stringify([total, stops, marks]);
    if (key === drawn) return;
    drawn = key;
    ticks.replaceChildren(
      ...stops.map((step) => placed(el("i", { class: "tick" }), share(step))),
      ...marks.map((one) => placed(el("b", { class: one.kind, title: `${count(one.step)}: ${one.words}` }), share(one.step))),
    );
  }

  return { update };
}

function placed(element, left) {
  element.style.insetInlineStart = left;
  return element;
}
