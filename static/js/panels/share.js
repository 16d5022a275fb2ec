// A link to what is on the page. Copying works without a secure context too.
import { el, say } from "../lib/dom.js";
import { copyFrom } from "../lib/clipboard.js";
import { place } from "../lib/popover.js";

/** @param {any} root a popover */
export function sharePanel(root) {
  const words = el("p", { class: "lead" }), link = el("input", { class: "entry", readonly: true, "aria-label": "Link", onfocus: () => link.select() });
  const done = el("span", { class: "help", role: "status" });
  const copy = el("button", { class: "outline", onclick: () => say(done, copyFrom(link) ? "Copied" : "Press Ctrl C") }, "Copy");
  root.append(words, el("div", { class: "share-row" }, link, copy), done);
  return {
    /** @param {HTMLElement} button @param {string} address @param {string} text */
    open(button, address, text) {
      say(words, text);
      say(done, "");
      link.value = address;
      place(root, button, "below");
      link.focus();
      link.scrollLeft = 0; // its beginning says where it leads
    },
  };
}
