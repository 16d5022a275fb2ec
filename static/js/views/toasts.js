// Short news at the lower edge; what was destroyed can be taken back for ten seconds.
import { el } from "../lib/dom.js";

const STAYS = 10_000;

/** @param {HTMLElement} root @returns {(text: string, does?: {word: string, act: () => void}) => void} */
export function toasts(root) {
  return (text, does) => {
    const toast = el("p", { class: "toast" }, el("span", {}, text));
    const timer = setTimeout(() => toast.remove(), STAYS);
    const away = () => {
      clearTimeout(timer);
      toast.remove();
    };
    if (does) toast.append(el("button", { class: "quiet", onclick: () => (away(), does.act()) }, does.word));
    toast.append(el("button", { class: "tool", "aria-label": "Close", onclick: away }, "×"));
    root.replaceChildren(toast);
  };
}
