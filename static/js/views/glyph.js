// A network as a thumbnail of bars.
import { glyph } from "../core/glyph.js";
import { el } from "../lib/dom.js";

/** @param {import("../core/network.js").Network} network @param {any} catalogue @returns {HTMLElement} */
export function thumbnail(network, catalogue) {
  return el("span", { class: "glyph", "aria-hidden": "true" }, ...glyph(network, catalogue).map(({ width, strength }) => {
    const bar = el("i", { "data-strength": strength });
    bar.style.inlineSize = `${width}%`;
    return bar;
  }));
}
