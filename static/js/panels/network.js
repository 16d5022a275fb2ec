// The network from top to bottom: cards, edges, the problem at the very edge, templates while it is empty.
import { layerOf, probeOf } from "../core/frame.js";
import { indexOf } from "../core/network.js";
import { shapeText } from "../core/numbers.js";
import { el, icon } from "../lib/dom.js";
import { follow } from "../lib/drag.js";
import { card } from "../views/card.js";
import { legend } from "../views/legend.js";
import { templateList } from "../views/templates.js";

const INPUT = "input";

/** @param {{list: HTMLElement, legend: HTMLElement}} roots @param {any} does the page's acts @param {{layers: any[], templates: any[]}} catalogue */
export function networkPanel(roots, does, catalogue) {
  const { list } = roots, scale = legend(roots.legend), cards = new Map(), seen = new Set(), open = new Set();
  const entries = new Map(catalogue.layers.map((entry) => [entry.kind, entry]));
  const watcher = new IntersectionObserver(cross, { root: list, rootMargin: "120px 0px" });
  let room = { width: 0, zoom: 1, lines: 1 }, known = null, last = null, frame = null, hovered = null, pointer = null;
  new ResizeObserver(measure).observe(list);
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
    const key = [state.checked, state.selection, state.readonly, state.history.present.layers.length === 0, open.size].concat([...open]);
    if (known && key.length === known.length && key.every((part, at) => part === known[at])) return;
    known = key;
    if (!state.checked) return;
    arrange(rowsOf(state), state);
    if (!room.width) measure();
    if (frame) paint(frame, state);
  }

  function rowsOf({ checked, selection, readonly }) {
    const { network, stages, problem } = checked;
    const common = (name) => ({ name, isSelected: selection.layer === name, channel: selection.channel, rests: readonly, isOpen: open.has(name) });
    const input = { ...common(INPUT), subtitle: "your drawing", title: "The picture that the network receives", shape: network.input, parameters: 0, waits: null, isAmount: true };
    return [input, ...network.layers.map((layer, at) => ({
      ...common(layer.name), subtitle: subtitleOf(layer), title: titleOf(layer), shape: stages[at]?.shape ?? null, parameters: stages[at]?.parameters ?? 0,
      waits: at < stages.length ? null : at === stages.length && problem ? "does not fit here" : "waits for the layer above", isAmount: false,
    }))];
  }

  function subtitleOf(layer) {
    const entry = entries.get(layer.kind), field = entry?.fields[0];
    const value = field && field.type !== "boolean" ? layer[field.name] ?? field.default : null;
    return [entry?.label ?? layer.kind, value].filter((part) => part != null).join(" · ");
  }

  function titleOf(layer) {
    const entry = entries.get(layer.kind);
    const fields = (entry?.fields ?? []).map((field) => `${field.label}: ${layer[field.name] ?? field.default ?? "auto"}`);
    return [entry?.label, ...fields].join("\n");
  }

  function arrange(rows, state) {
    const elements = rows.map((row) => {
      const one = cards.get(row.name) ?? make(row.name);
      one.update(row, room);
      return one.root;
    });
    const { problem, stages } = state.checked;
    if (problem && rows.length > 1) elements.splice(stages.length + 1, 0, problemCard(problem));
    if (rows.length === 1) elements.push(el("li", { class: "templates" }, el("h2", {}, "Start from"), templateList(catalogue, does.open)));
    settle(elements);
    for (const [name, one] of cards) if (!rows.some((row) => row.name === name)) discard(name, one);
  }

  /** Moves only what stands wrongly, so that focus and scrolling stay. */
  function settle(elements) {
    for (const child of [...list.children]) if (!elements.includes(child)) child.remove();
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
    return one;
  }

  function discard(name, one) {
    watcher.unobserve(one.root);
    cards.delete(name);
    seen.delete(name);
    if (hovered === name) hovered = pointer = null;
  }

  function unfold(name) {
    open.has(name) ? open.delete(name) : open.add(name);
    known = null;
    update(last);
    does.look();
  }

  function problemCard(problem) {
    const [first, ...others] = problem.message.split(/(?<=[.:,]) /);
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
    const rows = [...list.querySelectorAll(".layer")];
    const above = rows.filter((row) => middle(row) < y).length;
    return Math.max(0, above - 1);
  }

  /** Shows where a dragged layer would go. */
  function aim(x, y) {
    const edge = edgeAt(x, y), rows = [...list.querySelectorAll(".layer")];
    rows.forEach((row, at) => row.classList.toggle("is-target", at === edge));
    const box = list.getBoundingClientRect();
    if (edge != null && y > box.bottom - 40) list.scrollBy(0, 12);
    if (edge != null && y < box.top + 40) list.scrollBy(0, -12);
  }

  /** @param {import("../core/frame.js").Frame} news @param {any} state */
  function paint(news, state) {
    frame = news;
    const probe = probeOf(news, state.watched);
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
    const name = hovered ?? state.selection.layer ?? INPUT, block = layerOf(probeOf(frame, state.watched), name);
    scale.show({ name, top: block?.top ?? null, isAmount: name === INPUT }, pointer && hovered ? cards.get(hovered)?.read(pointer) ?? null : null);
  }

  /** What a look should bring: the layers in view with as many pictures as are drawn; the layer in hand exactly. */
  function wishes(state) {
    if (!cards.size || !room.width) return null;
    const inHand = [hovered, state.selection.layer];
    const names = [...cards.keys()].filter((name) => name === INPUT || seen.has(name));
    return names.map((name) => ({ name, first: 0, count: cards.get(name).wish() ?? 1, exact: name !== INPUT && inHand.includes(name) }));
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
    shapeAt: (edge) => shapeText(edge ? last.checked.stages[edge - 1]?.shape ?? [] : last.checked.network.input),
  };
}

function middle(row) {
  const box = row.getBoundingClientRect();
  return box.top + box.height / 2;
}
