// Templates as thumbnails to begin from.
import { count } from "../core/numbers.js";
import { el } from "../lib/dom.js";
import { thumbnail } from "./glyph.js";

/** @param {any} catalogue @param {(template: any) => void} onopen @returns {HTMLElement} */
export function templateList(catalogue, onopen) {
  return el("div", { class: "template-list" }, ...catalogue.templates.map((template) => el(
    "button", { class: "template", title: template.help, onclick: () => onopen(template) },
    thumbnail(template.network, catalogue), el("b", {}, template.label), el("span", {}, `${count(template.parameters)} parameters`),
  )));
}
