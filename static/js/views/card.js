// A layer as a row: the edge with what goes on to the next layer, and a card drawn by the shape of its output.
import { plan } from "../core/drawing.js";
import { count, plain, shapeText } from "../core/numbers.js";
import { el, icon, mark, say } from "../lib/dom.js";
import { drawing } from "./drawings.js";

/** @typedef {{name: string, subtitle: string, title: string, shape: number[] | null, drawn: number[] | null, parameters: number, waits: string | null, isAmount: boolean,
 *   isSelected: boolean, channel: number | null, rests: boolean, isOpen: boolean, isLine: boolean, isFrozen: string, isApart: boolean, leads: boolean}} Row
 *   what a card shows; `drawn`: the shape of what it draws; `isApart`: it does not read the layer above; `leads`: the layer below reads it
 * @typedef {{width: number, zoom: number, lines: number}} Room */

/** @param {string} name @param {{select: () => void, choose: (channel: number) => void, add: (button: HTMLElement) => void, unfold: () => void,
 *   grab: (event: PointerEvent) => void}} does */
export function card(name, does) {
  const shape = el("span", { class: "shape" }), cost = el("span", { class: "cost" });
  const add = el("button", { class: "add", "aria-haspopup": "dialog", "aria-label": `Add a layer after ${name}`, title: "Add a layer here  A", onclick: () => does.add(add) }, icon("plus"));
  const subtitle = el("span", { class: "card-kind" }), snow = el("i", { class: "snow", role: "img", hidden: true }, "❄");
  const title = el("button", { class: "card-title", onclick: does.select, onpointerdown: does.grab }, el("span", { class: "card-name" }, el("b", {}, name), snow), subtitle);
  const content = el("div", { class: "maps" }), rest = el("button", { class: "rest", hidden: true, onclick: does.unfold });
  const range = el("span", { class: "range", title: "smallest … largest number" });
  const root = el("li", { class: "layer", "data-name": name }, el("div", { class: "edge" }, shape, cost, add),
    el("article", { class: "card" }, title, el("div", { class: "outputs" }, content, rest), range));
  let drawn = "", view = null, wished = null, shapeDrawn = null;

  /** @param {Row} row @param {Room} room */
  function update(row, room) {
    say(shape, row.shape ? shapeText(row.shape) : "?");
    say(cost, row.parameters ? `${count(row.parameters)} parameters` : "");
    say(subtitle, row.subtitle);
    mark(title, { "aria-pressed": String(row.isSelected), title: row.title, "aria-label": `${name}, ${row.subtitle}` });
    mark(snow, { hidden: !row.isFrozen, title: row.isFrozen, "aria-label": row.isFrozen || null });
    mark(add, { hidden: row.rests || Boolean(row.waits) });
    root.classList.toggle("is-selected", row.isSelected);
    root.classList.toggle("is-waiting", Boolean(row.waits));
    root.classList.toggle("is-open", row.isOpen);
    root.classList.toggle("is-line", row.isLine);
    root.classList.toggle("is-apart", row.isApart);
    root.classList.toggle("is-left", !row.leads);
    draw(row, room);
    view?.select(row.isSelected ? row.channel : null);
  }

  function draw(row, room) {
    const key = JSON.stringify([row.drawn, row.waits, row.isOpen, row.isLine, room]);
    if (key === drawn) return;
    drawn = key;
    view = wished = null;
    shapeDrawn = row.drawn;
    if (!row.drawn || row.waits || row.isLine) {
      content.replaceChildren(el("span", { class: "void" }, row.waits ?? ""));
      mark(rest, { hidden: true });
      say(range, "");
      return;
    }
    const drawnAs = plan(row.drawn, { width: row.isAmount ? Math.min(room.width, 28) : room.width, open: row.isOpen, zoom: row.isAmount ? 0.5 * room.zoom : room.zoom, lines: room.lines });
    view = drawing(content, drawnAs, { name, isAmount: row.isAmount, choose: does.choose });
    wished = drawnAs.style === "pictures" ? drawnAs.shown : Math.min(row.drawn[0], 4096);
    root.dataset.style = drawnAs.style;
    fold(drawnAs, row);
  }

  function fold(drawnAs, row) {
    const hidden = drawnAs.style === "pictures" ? drawnAs.length - drawnAs.shown : 0;
    mark(rest, { hidden: !hidden && !row.isOpen, title: hidden ? `Show all ${count(drawnAs.length)}` : "Show one line", "aria-expanded": String(row.isOpen) });
    say(rest, hidden ? `+${count(hidden)}` : "less");
  }

  /** @param {import("../core/frame.js").Block} block */
  function paint(block) {
    if (!view || String(block.shape) !== String(shapeDrawn)) return;
    view.paint(block);
    const low = block.low.length ? Math.min(...block.low) : 0, high = block.high.length ? Math.max(...block.high) : 0;
    say(range, root.dataset.input ? "" : `${plain(low)} … ${plain(high)}`);
  }

  return {
    root, title, add, update, paint,
    read: (event) => view?.read(event) ?? null,
    /** @returns {number | null} how many pictures are wanted; null while nothing is drawn */
    wish: () => wished,
  };
}
