// Templates, my networks, my runs, a new network: where another one comes from.
import { count, when } from "../core/numbers.js";
import { el, icon } from "../lib/dom.js";
import { place, stand } from "../lib/popover.js";
import { templateList } from "../views/templates.js";

/** @param {any} root a popover @param {any} does the page's acts @param {any} catalogue */
export function morePanel(root, does, catalogue) {
  const mine = el("div", { class: "mine" });
  const closing = (act) => (...given) => {
    root.hidePopover();
    act(...given);
  };
  root.append(el("h2", { class: "label" }, "Templates"), templateList(catalogue, closing(does.open)),
    el("div", { class: "row-tools" }, el("button", { class: "outline", onclick: closing(does.openEmpty) }, "New, empty"), el("button", { class: "outline", onclick: closing(does.fork) }, "Copy this one"),
      el("span", { class: "grow" }), el("button", { class: "outline phone-only", "data-act": "share", "aria-haspopup": "dialog" }, "Share …"), el("button", { class: "outline", "data-act": "person", "aria-haspopup": "dialog" }, "Keep or leave …")), mine);
  const file = el("input", { class: "file", type: "file", accept: ".zip,application/zip", "aria-label": "Open a run from a file", onchange: bring });

  function bring() {
    const [chosen] = file.files;
    file.value = "";
    if (chosen) closing(does.bringRun)(chosen);
  }

  /** @param {HTMLElement} button */
  async function open(button) {
    const box = button.getBoundingClientRect();
    mine.replaceChildren(el("p", { class: "hint" }, "…"));
    place(root, button, "below");
    const { networks, runs } = await does.listMine();
    mine.replaceChildren(
      ...(networks.length ? [el("h2", { class: "label" }, "My networks"), el("ul", {}, ...networks.map(networkRow))] : []),
      ...(runs.length ? [el("h2", { class: "label" }, "My runs"), el("ul", {}, ...runs.slice(0, 8).map(runRow))] : []),
      el("div", { class: "row-tools" }, el("label", { class: "outline", title: "A run that was taken along from here or from another playground" }, "Open a run's file …", file)),
      networks.length || runs.length ? "" : el("p", { class: "hint" }, "What you build is kept here as you work."),
    );
    stand(root, box, "below");
  }

  const networkRow = (row) => el("li", { class: "mine-row" },
    el("button", { class: "mine-open", onclick: closing(() => does.openSaved(row)) }, el("b", {}, row.name), el("span", {}, `${count(row.network.layers.length)} layers · ${when(row.changed)}`)),
    el("button", { class: "tool", title: "Copy", "aria-label": `Copy ${row.name}`, onclick: closing(() => does.forkSaved(row)) }, icon("copy")),
    el("button", { class: "tool", title: "Delete", "aria-label": `Delete ${row.name}`, onclick: (event) => {
      event.currentTarget.closest("li").remove();
      does.removeSaved(row);
    } }, icon("bin")));

  const runRow = (run) => el("li", { class: "mine-row" },
    el("button", { class: "mine-open", onclick: closing(() => does.openRun(run)) }, el("b", {}, run.name), el("span", {}, runWords(run))));

  return { open };
}

const runWords = (run) => [run.status, run.step ? `${count(run.step)} steps` : "", when(run.created)].filter(Boolean).join(" · ");
