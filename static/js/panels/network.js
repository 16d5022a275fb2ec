// The network from top to bottom: cards, edges, the problem at the very edge, templates while it is empty.
import { layerOf, probeOf } from "../core/frame.js";
import { taskOf } from "../core/measure.js";
import { indexOf } from "../core/network.js";
import { unbroken } from "../core/numbers.js";
import { isPlane, jobShown, lastLayer, watchedOf } from "../core/task.js";
import { el, icon } from "../lib/dom.js";
import { follow } from "../lib/drag.js";
import { arcs } from "../views/arcs.js";
import { card } from "../views/card.js";
import { legend } from "../views/legend.js";
import { templateList } from "../views/templates.js";
import { rowsMaker } from "./rows.js";

const INPUT = "input";

/** @param {{list: HTMLElement, legend: HTMLElement}} roots @param {any} does the page's acts @param {any} catalogue */
export function networkPanel(roots, does, catalogue) {
  const { list } = roots, scale = legend(roots.legend), cards = new Map(), seen = new Set(), open = new Set();
  const rowsOf = rowsMaker(catalogue), skips = arcs(list), unfolded = new Set();
  const watcher = new IntersectionObserver(cross, { root: list, rootMargin: "120px 0px" });
  let room = { width: 0, zoom: 1, lines: 1 }, known = null, last = null, frame = null, spans = [], places = new Map(), hovered = null, pointer = null, told = null;
  new ResizeObserver(measure).observe(list);
  const grown = new ResizeObserver(() => last && bend(last));
  list.addEventListener("pointermove", point);
  list.addEventListener("pointerleave", () => leave());

  function cross(entries) {
    let isNew = false;
    for (const { target, isIntersecting } of entries) {
      const { name } = /** @type {HTMLElement} */ (target).dataset;
      isNew ||= isIntersecting && !seen.has(name);
      isIntersecting ? seen.add(name) : seen.delete(name);
    }
    if (isNew) does.look();
  }

  function measure() {
    const style = getComputedStyle(document.documentElement), width = list.querySelector(".outputs")?.clientWidth ?? 0;
    if (!width) return;
    const next = { width, zoom: Number(style.getPropertyValue("--zoom")) || 1, lines: Number(style.getPropertyValue("--lines")) || 1 };
    if (JSON.stringify(next) === JSON.stringify(room)) return;
    room = next;
    known = null;
    if (last) update(last);
    does.look();
  }

  function update(state) {
    last = state;
    const key = [state.checked, state.selection, state.readonly, state.history.present.layers.length === 0, open.size, ...open, unfolded.size];
    if (known && key.length === known.length && key.every((part, at) => part === known[at])) return;
    known = key;
    if (!state.checked) return;
    arrange(state);
    if (!room.width) measure();
    if (frame) paint(frame, state);
  }

  function arrange(state) {
    const { rows, arcs: given } = rowsOf(state, open, unfolded);
    const elements = rows.map((row) => {
      if (row.fold) return alike(row);
      const one = cards.get(row.name) ?? make(row.name);
      one.update(row, room);
      return one.root;
    });
    const { problem, stages } = state.checked, stood = [...elements];
    if (problem && rows.length > 1) elements.splice(stages.length + 1, 0, problemCard(problem));
    if (rows.length === 1) elements.push(el("li", { class: "templates" }, el("h2", {}, "Start from"), templateList(catalogue, does.open)));
    settle(elements);
    reveal(problem, elements);
    const kept = new Set([INPUT, ...state.checked.network.layers.map((layer) => layer.name)]);
    for (const [name, one] of cards) if (!kept.has(name)) discard(name, one);
    places = new Map(rows.flatMap((row, at) => (row.fold?.names ?? [row.name]).map((name) => [name, stood[at]])));
    spans = given;
    bend(state);
  }

  /** A new problem is brought into view: it may come from the settings. */
  function reveal(problem, elements) {
    if (problem && problem.message !== told) elements.find((element) => element.classList.contains("mend"))?.scrollIntoView({ block: "nearest" });
    told = problem?.message ?? null;
  }

  /** The arcs of skip connections, where the rows now stand. */
  function bend({ checked, selection }) {
    if (!checked) return;
    const names = [INPUT, ...checked.network.layers.map((layer) => layer.name)];
    skips.update(spans.map(({ from, to, lane }) => ({ from: places.get(names[from]) ?? null, to: places.get(names[to]) ?? null, lane,
      isStrong: [names[from], names[to]].includes(selection.layer), words: `${names[to]} reads ${names[from]}` })));
  }

  /** One row for many alike; a click shows them all. */
  const alike = ({ name, fold }) => el("li", { class: "alike", "data-fold": name }, el("div", { class: "edge" }),
    el("button", { class: "alike-open", title: `Show these ${fold.names.length} layers`, onclick: () => (unfolded.add(name), refresh()) }, fold.words, icon("more-sign")));

  function refresh() {
    known = null;
    update(last);
    does.look();
  }

  /** Moves only what stands wrongly, so that focus and scrolling stay. */
  function settle(elements) {
    for (const child of [...list.children]) if (!elements.includes(child) && !child.classList.contains("arcs")) child.remove();
    elements.forEach((element, at) => list.children[at] !== element && list.insertBefore(element, list.children[at] ?? null));
  }

  function make(name) {
    const one = card(name, {
      select: () => does.select(name, null),
      choose: (channel) => does.select(name, channel),
      add: (button) => does.add(name === INPUT ? 0 : indexOf(last.history.present, name) + 1, button),
      unfold: () => unfold(name),
      grab: (event) => name !== INPUT && !last.readonly && grab(event, name),
    });
    if (name === INPUT) one.root.dataset.input = "yes";
    cards.set(name, one);
    watcher.observe(one.root);
    grown.observe(one.root);
    return one;
  }

  function discard(name, one) {
    watcher.unobserve(one.root);
    grown.unobserve(one.root);
    cards.delete(name);
    seen.delete(name);
    if (hovered === name) hovered = pointer = null;
  }

  function unfold(name) {
    open.has(name) ? open.delete(name) : open.add(name);
    refresh();
  }

  function problemCard(problem) {
    const [first, ...others] = unbroken(problem.message).split(/(?<=[.:,]) /);
    return el("li", { class: "mend", role: "alert" }, icon("alert"), el("p", {}, el("b", {}, first), others.length ? ` ${others.join(" ")}` : ""),
      problem.mend && !last.readonly ? el("button", { class: "outline", onclick: () => does.mend(problem.mend) }, problem.mend.label) : null);
  }

  function grab(event, name) {
    if (event.button > 0) return;
    const { root } = cards.get(name);
    follow(event, {
      start: () => root.classList.add("is-dragged"),
      over: (x, y) => aim(x, y),
      drop: (x, y) => {
        const edge = edgeAt(x, y);
        if (edge != null) does.move(indexOf(last.history.present, name), edge);
      },
      end: () => (root.classList.remove("is-dragged"), aim(-1, -1)),
    });
  }

  /** The edge (a place among the layers) nearest to a point, or null beside the network. */
  function edgeAt(x, y) {
    const box = list.getBoundingClientRect();
    if (x < box.left || x > box.right || y < box.top - 20 || y > box.bottom + 20) return null;
    const above = rowsShown().filter((row) => middle(row) < y).pop();
    return above ? edgeBelow(above) : 0;
  }

  const rowsShown = () => /** @type {HTMLElement[]} */ ([...list.querySelectorAll(".layer, .alike")]);

  /** The place among the layers right below a row; a row for many stands for the last of them. */
  function edgeBelow(row) {
    const name = [...places].filter(([, element]) => element === row).pop()?.[0];
    return indexOf(last.checked.network, name) + 1;
  }

  /** Shows where a dragged layer would go. */
  function aim(x, y) {
    const edge = edgeAt(x, y);
    for (const row of rowsShown()) row.classList.toggle("is-target", edgeBelow(row) === edge);
    const box = list.getBoundingClientRect();
    if (edge != null && y > box.bottom - 40) list.scrollBy(0, 12);
    if (edge != null && y < box.top + 40) list.scrollBy(0, -12);
  }

  /** @param {import("../core/frame.js").Frame} news @param {any} state */
  function paint(news, state) {
    frame = news;
    const probe = probeOf(news, watchedOf(state));
    if (!probe) return;
    for (const block of probe.layers) cards.get(block.name)?.paint(block);
    tell(state);
  }

  function point(event) {
    const row = /** @type {Element} */ (event.target).closest(".layer"), name = row instanceof HTMLElement ? row.dataset.name : null;
    const isOther = name !== hovered;
    hovered = name;
    pointer = name ? event : null;
    if (last) tell(last);
    if (isOther && name) does.look();
  }

  function leave() {
    hovered = pointer = null;
    if (last) tell(last);
  }

  /** The legend: the layer under the pointer, else the selected one. */
  function tell(state) {
    const name = hovered ?? state.selection.layer ?? INPUT, block = layerOf(probeOf(frame, watchedOf(state)), name);
    scale.show({ name, top: block?.top ?? null, isAmount: name === INPUT && !isPlane(state.history.present) }, pointer && hovered ? cards.get(hovered)?.read(pointer) ?? null : null);
  }

  /** What a look should bring: the layers in view with as many pictures as are drawn; the layer in hand exactly. */
  function wishes(state) {
    if (!cards.size || !room.width) return null;
    const inHand = [hovered, state.selection.layer];
    const last = lastLayer(state.checked), asked = taskOf(jobShown(state), catalogue).family === "classes" ? null : last;
    const names = [...cards.keys()].filter((name) => name === INPUT || name === asked || (seen.has(name) && cards.get(name).wish() !== null));
    return names.map((name) => ({ name, first: 0, count: cards.get(name).wish() ?? 1, exact: name !== INPUT && (inHand.includes(name) || name === asked) }));
  }

  return {
    update, paint, wishes, edgeAt, aim,
    repaint() {
      scale.repaint();
      if (frame && last) paint(frame, last);
    },
    /** @param {string} name */
    reveal: (name) => cards.get(name)?.root.scrollIntoView({ block: "nearest" }),
    /** @param {string} name @returns {HTMLElement | undefined} its "+" */
    addButton: (name) => cards.get(name)?.add,
    /** @param {number} edge @returns {number[]} */
    shapeAt: (edge) => (edge ? last.checked.stages[edge - 1]?.shape ?? [] : last.checked.network.input),
  };
}

function middle(row) {
  const box = row.getBoundingClientRect();
  return box.top + box.height / 2;
}
