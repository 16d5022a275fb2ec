// Whose work this is: a recovery code to come back with, and leaving a computer that others use too.
import { el, mark, say } from "../lib/dom.js";
import { copyFrom } from "../lib/clipboard.js";
import { get, post } from "../lib/api.js";
import { place } from "../lib/popover.js";

const LAB = "/lab/";

/** @param {any} root a popover @param {{settle: () => Promise<void>}} does keeps what waits to be kept */
export function personPanel(root, { settle }) {
  const about = el("p", { class: "lead" }), wrong = el("p", { class: "field-problem", role: "alert", hidden: true });
  const code = el("input", { class: "entry code", readonly: true, "aria-label": "Your recovery code", onfocus: () => code.select() }), copied = el("span", { class: "help", role: "status" });
  const told = el("div", { class: "code-told", hidden: true }, el("div", { class: "share-row" }, code, el("button", { class: "outline", onclick: () => say(copied, copyFrom(code) ? "Copied" : "Press Ctrl C") }, "Copy")),
    el("p", { class: "help" }, "Write it down: it is told this once. With it you open your work on any computer."), copied);
  const keep = el("button", { class: "outline", onclick: makeCode }, "Keep my work");
  const leave = el("button", { class: "outline", onclick: goAway }, "Leave this computer");
  const typed = el("input", { class: "entry code", autocomplete: "off", spellcheck: "false", placeholder: "words and a number", "aria-label": "A recovery code" });
  const back = el("form", { class: "share-row", onsubmit: comeBack }, typed, el("button", { class: "outline" }, "Open"));
  const own = el("div", { class: "row-tools" }, keep, leave);
  let isKept = false, isSure = false;
  root.append(el("h2", {}, "Your work"), about, told, own, el("h3", { class: "label" }, "I have a recovery code"), back, wrong);

  /** @param {{guest: boolean, made: string | null}} answer of the server */
  function show({ guest: isGuest, made }) {
    const isOther = !isGuest && document.body.dataset.person === "account";
    isKept = Boolean(made);
    say(about, isOther ? "You are signed in." : !isGuest ? "Nothing of yours is kept in this browser yet. What you build or train here will be." : isKept ? "Your work is kept here, and your recovery code opens it anywhere." : "Your work is kept on this server for this browser alone. A recovery code opens it anywhere.");
    say(keep, isKept ? "Make a new code" : "Keep my work");
    mark(keep, { hidden: !isGuest });
    mark(leave, { hidden: !isGuest && !isOther });
  }

  function complain(problem) {
    mark(wrong, { hidden: !problem });
    say(wrong, problem?.message ?? "");
  }

  async function makeCode() {
    const answer = await trying(() => post("recovery"));
    if (!answer) return;
    code.value = answer.code;
    mark(told, { hidden: false });
    show({ guest: true, made: answer.code });
    code.focus();
  }

  /** Work without a code is lost by leaving: that takes a second press. */
  async function goAway() {
    if (!isKept && !keep.hidden && !isSure) {
      isSure = true;
      say(leave, "Leave without a code");
      return complain({ message: "Without a recovery code nobody can open this work again, you neither." });
    }
    await settle();
    if (await trying(() => post("leave").then(() => true))) location.assign(LAB);
  }

  async function comeBack(event) {
    event.preventDefault();
    await settle();
    if (await trying(() => post("recover", { code: typed.value }))) location.assign(LAB);
  }

  async function trying(act) {
    complain(null);
    try {
      return await act();
    } catch (problem) {
      complain(problem);
      return null;
    }
  }

  return {
    /** @param {HTMLElement} button */
    async open(button) {
      isSure = false;
      say(leave, "Leave this computer");
      say(copied, "");
      code.value = typed.value = "";
      mark(told, { hidden: true });
      complain(null);
      say(about, "…");
      place(root, button, "below");
      const answer = await trying(() => get("recovery"));
      if (answer) show(answer);
    },
  };
}
