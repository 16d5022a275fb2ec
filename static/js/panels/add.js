// What fits here: the palette at an edge. Searchable, by keyboard, or dragged onto another edge.
import { groupsHere } from "../core/palette.js";
import { unbroken } from "../core/numbers.js";
import { el, mark, say } from "../lib/dom.js";
import { follow } from "../lib/drag.js";
import { place } from "../lib/popover.js";

/** @param {any} root a popover @param {{insert: (edge: number, kind: string) => void, edgeAt: (x: number, y: number) => number | null,
 *   aim: (x: number, y: number) => void}} does @param {any} catalogue */
export function addPanel(root, does, catalogue) {
  const search = el("input", { type: "search", autocomplete: "off", oninput: () => filter() });
  const list = el("div", { class: "fits-list" }), nothing = el("p", { class: "hint", role: "status", hidden: true });
  const families = el("div", { class: "families", role: "group", "aria-label": "Families of layers" });
  root.append(el("div", { class: "find" }, search, families), list, nothing);
  root.addEventListener("keydown", keys);
  root.addEventListener("toggle", (event) => event.newState === "closed" && opener?.classList.remove("is-open"));
  let edge = 0, opener = null, family = "", here = { fits: [], shape: [], words: "" };

  /** @param {number} at place among the layers @param {HTMLElement} button @param {{fits: string[], shape: number[], words: string}} there */
  function open(at, button, there) {
    [edge, opener, family, here] = [at, button, "", there];
    search.value = "";
    mark(search, { placeholder: `What fits ${here.words}`, "aria-label": `Add a layer that fits ${here.words}` });
    const { fitting } = groupsHere(catalogue.layers, here.fits, here.shape);
    families.replaceChildren(...fitting.map(({ title }) => el("button", { class: "family", onclick: () => choose(title) }, title)));
    mark(families, { hidden: fitting.length < 3 });
    filter();
    button.classList.add("is-open");
    place(root, button);
    if (matchMedia("(pointer: fine)").matches) search.focus();
  }

  /** One family alone; the same again: all. */
  function choose(title) {
    family = family === title ? "" : title;
    filter();
  }

  const groupOf = ({ title, entries }, style) => el("div", { class: style }, el("h3", {}, title), ...entries.map(choiceOf));

  const choiceOf = (entry) => el("button", { "data-kind": entry.kind, title: entry.help,
    onclick: () => insert(edge, entry.kind), onpointerdown: (event) => grab(event, entry) }, el("b", {}, entry.label), el("span", {}, firstWords(entry.help)));

  function insert(at, kind) {
    root.hidePopover();
    does.insert(at, kind);
  }

  function grab(event, entry) {
    if (event.button > 0) return;
    const ghost = el("p", { class: "ghost" }, entry.label);
    follow(event, {
      start: () => {
        root.append(ghost);
        root.classList.add("is-dragging");
      },
      over: (x, y) => {
        ghost.style.transform = `translate(${x + 10}px, ${y + 10}px)`;
        does.aim(x, y);
      },
      drop: (x, y) => {
        const at = does.edgeAt(x, y);
        if (at != null) insert(at, entry.kind);
      },
      end: () => {
        ghost.remove();
        root.classList.remove("is-dragging");
        does.aim(-1, -1);
      },
    });
  }

  const visible = () => [...list.querySelectorAll("button")];

  function filter() {
    const { fitting, others } = groupsHere(catalogue.layers.filter((entry) => !family || entry.family === family), here.fits, here.shape, search.value);
    list.replaceChildren(...fitting.map((group) => groupOf(group, "fits")), ...others.map((group) => groupOf(group, "fits is-other")));
    root.scrollTop = 0;
    for (const button of families.children) mark(button, { "aria-pressed": String(button.textContent === family) });
    const isEmpty = !list.children.length;
    mark(nothing, { hidden: !isEmpty });
    say(nothing, isEmpty ? `No layer${family ? ` of “${family}”` : ""} is called “${search.value.trim()}”.` : "");
  }

  function keys(event) {
    const buttons = visible(), at = buttons.indexOf(/** @type {any} */ (document.activeElement));
    if (event.key === "Enter" && at < 0 && buttons[0]) insert(edge, buttons[0].dataset.kind);
    else if (event.key === "ArrowDown") buttons[Math.min(buttons.length - 1, at + 1)]?.focus();
    else if (event.key === "ArrowUp") (at <= 0 ? search : buttons[at - 1]).focus();
    else return;
    event.preventDefault();
  }

  return { open };
}

const firstWords = (help) => unbroken(help).split(/[.:;]/)[0].replace(/^./, (letter) => letter.toLowerCase());
