// The network and its training as a script: every edit shows in it, and a line about a layer selects that layer.
import { layersByLine, tinted } from "../core/code.js";
import { count } from "../core/numbers.js";
import { copyText } from "../lib/clipboard.js";
import { el, icon, mark, say } from "../lib/dom.js";
import { download } from "../lib/download.js";
import { takingPart } from "./taking.js";

const LANGUAGES = { pytorch: "PyTorch", keras: "Keras" };

/** @param {any} does the page's acts @returns {{parts: HTMLElement[], update: (state: any) => void}} */
export function codePage(does) {
  const title = el("p", { class: "label" }), problem = el("p", { class: "field-problem", hidden: true });
  const copy = el("button", { class: "tool label", onclick: copied }, icon("copy"), el("span", {}, "Copy"));
  const lines = el("pre", { class: "script", tabindex: 0, "aria-label": "The script" });
  const choice = el("div", { class: "choice languages", role: "radiogroup", "aria-label": "Written in" },
    ...Object.entries(LANGUAGES).map(([language, word]) => el("button", { role: "radio", "data-language": language, onclick: () => does.write(language) }, word)));
  const tools = el("div", { class: "row-tools" }, el("button", { class: "outline", onclick: () => download(shown.file, shown.text) }, "Download .py"),
    el("button", { class: "outline", onclick: notebook }, "Notebook"));
  let shown = { file: "", text: "", lines: 0, layers: {} }, selected = null;
  const taking = takingPart(does);

  function copied() {
    say(copy.lastElementChild, copyText(shown.text) ? "Copied" : "Press Ctrl C");
    setTimeout(() => say(copy.lastElementChild, "Copy"), 2000);
  }

  async function notebook() {
    const made = await does.exportAs("notebook");
    if (made) download(made.file, made.text);
  }

  function write(code) {
    shown = code;
    const about = layersByLine(code.layers), texts = code.text.trimEnd().split("\n");
    say(title, `${count(code.lines)} lines of ${LANGUAGES[code.language]}`);
    lines.replaceChildren(...texts.map((text, at) => {
      const name = about.get(at);
      return el("code", name ? { "data-layer": name, onclick: () => does.select(name) } : {}, ...tinted(text).map(piece));
    }));
    selected = null;
  }

  const piece = ({ text, kind }) => (kind ? el("i", { class: `code-${kind}` }, text) : text);

  function select(name) {
    if (name === selected) return;
    selected = name;
    for (const line of lines.children) mark(line, { "aria-current": /** @type {HTMLElement} */ (line).dataset.layer === name ? "true" : null });
    const now = lines.querySelector("[aria-current]");
    if (now) now.scrollIntoView({ block: "nearest", inline: "nearest" });
  }

  function update(state) {
    const { code, checked, selection, language } = state, isOurs = code?.language === language;
    const wrong = checked?.problem ?? (isOurs ? code.problem : null);
    for (const button of choice.children) mark(button, { "aria-checked": String(/** @type {HTMLElement} */ (button).dataset.language === language) });
    say(problem, wrong ? `There is no script of this network as it is. ${wrong.message}` : "");
    mark(problem, { hidden: !wrong });
    if (isOurs && code.text && code !== shown) write(code);
    if (!shown.text && !wrong) say(title, "Writing …");
    for (const part of [copy, lines, tools]) mark(part, { hidden: !shown.text || Boolean(wrong) });
    mark(title, { hidden: Boolean(wrong) });
    select(selection.layer);
    taking.update(state);
  }

  return { parts: [choice, el("div", { class: "script-head" }, title, copy), problem, lines, tools, taking.root], update };
}
