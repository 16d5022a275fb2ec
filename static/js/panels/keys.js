// The keyboard: one table, from which both the listener and the list under "?" are made.
import { el, isTyping } from "../lib/dom.js";

/** @typedef {{keys: string[], shown: string, words: string, act: (event: KeyboardEvent) => void}} Shortcut */

/** @param {KeyboardEvent} event @returns {string} such as Ctrl+Shift+z */
function nameOf(event) {
  const parts = [event.ctrlKey || event.metaKey ? "Ctrl" : "", event.altKey ? "Alt" : "", event.shiftKey && event.key.length > 1 ? "Shift" : ""];
  if (event.shiftKey && event.key.length === 1 && (event.ctrlKey || event.metaKey)) parts.push("Shift");
  return [...parts.filter(Boolean), event.key.length === 1 ? event.key.toLowerCase() : event.key].join("+");
}

/** @param {any} root a popover for the list @param {Shortcut[]} shortcuts @returns {{open: () => void}} */
export function keysPanel(root, shortcuts) {
  const table = new Map(shortcuts.flatMap((one) => one.keys.map((key) => [key, one])));
  root.append(el("h2", {}, "Keyboard"), el("dl", {}, ...shortcuts.filter((one) => one.words).flatMap((one) => [el("dt", {}, one.shown), el("dd", {}, one.words)])),
    el("p", { class: "help" }, "Letters rest while you type into a field."));
  addEventListener("keydown", (event) => {
    const found = table.get(nameOf(event));
    if (!found || event.defaultPrevented || isTyping(event.target) || isBusy(event)) return;
    event.preventDefault();
    found.act(event);
  });
  return { open: () => root.togglePopover() };
}

/** A button keeps its space and enter, a slider its arrows; while a popover is open all keys are its own, above all Esc. */
function isBusy(event) {
  const target = /** @type {Element} */ (event.target);
  if (document.querySelector(":popover-open")) return event.key !== "?";
  if (target.closest("input[type=range]")) return event.key.startsWith("Arrow");
  return (event.key === " " || event.key === "Enter") && Boolean(target.closest("button, a, label, select"));
}
