// The status line: whole facts, the most important first.
import { el } from "../lib/dom.js";

/** @param {HTMLElement} root @returns {{update: (facts: import("../core/situation.js").Fact[]) => void}} */
export function statusLine(root) {
  let written = "";
  return {
    update(facts) {
      const text = JSON.stringify(facts);
      if (text === written) return;
      written = text;
      root.replaceChildren(...facts.map(factOf));
    },
  };
}

/** @param {import("../core/situation.js").Fact} fact */
function factOf({ strong, text, minor, bad, live }) {
  const words = [strong ? el("b", { class: [bad && "is-bad", live && "is-live"].filter(Boolean).join(" ") || null }, strong) : "", text ? ` ${text}` : ""];
  return el("span", { class: minor ? "fact is-minor" : "fact" }, ...words);
}
