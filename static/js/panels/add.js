// What fits here: the palette at an edge. Searchable, by keyboard, or dragged onto another edge.
import { el, mark } from "../lib/dom.js";
import { follow } from "../lib/drag.js";
import { place } from "../lib/popover.js";

/** @param {any} root a popover @param {{insert: (edge: number, kind: string) => void, edgeAt: (x: number, y: number) => number | null,
 *   aim: (x: number, y: number) => void}} does @param {any} catalogue */
export function addPanel(root, does, catalogue) {
  const search = el("input", { type: "search", autocomplete: "off", oninput: () => filter() });
  const list = el("div", { class: "fits-list" }), nothing = el("p", { class: "hint", hidden: true }, "No layer of that name.");
  root.append(el("div", { class: "find" }, search), list, nothing);
  root.addEventListener("keydown", keys);
  root.addEventListener("toggle", (event) => event.newState === "closed" && opener?.classList.remove("is-open"));
  let edge = 0, opener = null, fits = [];

  /** @param {number} at place among the layers @param {HTMLElement} button @param {{fits: string[], shape: string}} here */
  function open(at, button, here) {
    [edge, opener, fits] = [at, button, here.fits];
    search.value = "";
    mark(search, { placeholder: `What fits ${here.shape}`, "aria-label": `Add a layer that fits ${here.shape}` });
    list.replaceChildren(...groups());
    filter();
    button.classList.add("is-open");
    place(root, button);
    if (matchMedia("(pointer: fine)").matches) search.focus();
  }

  function groups() {
    const fitting = catalogue.layers.filter((entry) => fits.includes(entry.kind)), others = catalogue.layers.filter((entry) => !fits.includes(entry.kind));
    const families = [...new Set(fitting.map((entry) => entry.family))];
    return [
      ...families.map((family) => group(family, fitting.filter((entry) => entry.family === family))),
      ...(others.length ? [group("does not fit here", others, "fits is-other")] : []),
    ];
  }

  const group = (title, entries, style = "fits") => el("div", { class: style }, el("h3", {}, title), ...entries.map(choiceOf));

  const choiceOf = (entry) => el("button", { "data-kind": entry.kind, "data-words": `${entry.kind} ${entry.label} ${entry.family}`.toLowerCase(), title: entry.help,
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

  const visible = () => [...list.querySelectorAll("button:not([hidden])")];

  function filter() {
    const words = search.value.trim().toLowerCase().replaceAll(" ", "");
    for (const button of list.querySelectorAll("button")) mark(button, { hidden: !button.dataset.words.replaceAll(/[ _]/g, "").includes(words.replaceAll("_", "")) });
    for (const one of list.children) mark(one, { hidden: !one.querySelector("button:not([hidden])") });
    mark(nothing, { hidden: visible().length > 0 });
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

const firstWords = (help) => help.split(/[.:;]/)[0].replace(/^./, (letter) => letter.toLowerCase());
