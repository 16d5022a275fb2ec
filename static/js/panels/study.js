// "Search for better settings": which fields, among which values, how far, and how long that will take.
import { when } from "../core/numbers.js";
import { problemsAt } from "../core/recipe.js";
import { draftOf, othersOf, readEnd, spaceProblems, studyOf, toggled, withField, withValues, withoutField } from "../core/space.js";
import { titleOf, valueText } from "../core/study.js";
import { el, icon, mark, say } from "../lib/dom.js";
import { place, stand } from "../lib/popover.js";
import { form } from "../views/form.js";

const CALM = 500; // milliseconds after the last change, until the server is asked how long it takes

/** @param {any} root a popover @param {{jobToSearch: () => any, studyFields: (job: any) => Promise<any[] | null>, foretellStudy: (study: any) => Promise<any>, beginStudy: (study: any) => Promise<any>,
 *   listStudies: () => Promise<any[]>, state: () => any}} does the page's acts @param {any} catalogue */
export function studyPanel(root, does, catalogue) {
  const rows = el("ul", { class: "space" }), adds = el("select", { class: "pick", "aria-label": "Add a field", onchange: add }), budget = el("div", { class: "fields" });
  const words = el("p", { class: "help", role: "status" }), start = el("button", { class: "outline", type: "button", onclick: begin }, "Begin the search"), mine = el("div", { class: "mine" });
  const controls = form(budget, catalogue.study.fields, (name, value) => change({ ...draft, more: { ...draft.more, [name]: value } }), catalogue);
  root.append(el("h2", { class: "label" }, "Search for better settings"), el("p", { class: "help" }, "Trains this network many times with other settings, gives up early what is worse, and shows every trial."),
    rows, adds, budget, words, el("div", { class: "row-tools" }, start), mine);
  root.addEventListener("toggle", ({ target }) => target !== root && box && stand(root, box, "below"), true); // what unfolds needs room
  let tunables = [], draft = /** @type {any} */ (null), job = null, timer = null, box = null, problem = null;

  /** @param {HTMLElement} button */
  async function open(button) {
    box = button.getBoundingClientRect();
    job = does.jobToSearch();
    say(words, "…");
    place(root, button, "below");
    const told = await does.studyFields(job);
    if (!told) return root.hidePopover();
    tunables = told;
    change(draftOf(tunables, catalogue.study.fields, draft));
    const studies = await does.listStudies();
    mine.replaceChildren(...(studies.length ? [el("h2", { class: "label" }, "My searches"), el("ul", {}, ...studies.slice(0, 5).map(studyRow))] : []));
    stand(root, box, "below");
  }

  function change(next) {
    draft = next;
    draw();
    clearTimeout(timer);
    timer = setTimeout(foretell, CALM);
  }

  function draw() {
    const wrong = spaceProblems(problem), held = document.activeElement?.id;
    rows.replaceChildren(...Object.entries(draft.space).map(([path, values]) => row(tunables.find((one) => one.path === path), values, wrong.get(path) ?? null)));
    adds.replaceChildren(el("option", { value: "" }, "Add a field …"), ...othersOf(tunables, draft).map(groupOf));
    mark(adds, { hidden: adds.options.length < 2 });
    controls.update(draft.more, problemsAt(problem));
    if (held?.startsWith("space-")) document.getElementById(held)?.focus();
    stand(root, box, "below");
  }

  function row(one, values, wrong) {
    const title = titleOf({ ...one, label: one.field.label }), id = `space-${one.path}`;
    const body = values.choices ? choices(one, values, title) : range(one.path, values, title, id);
    return el("li", { class: ["space-row", wrong && "is-wrong", values.choices && "has-choices"].filter(Boolean).join(" ") }, el("span", { class: "space-name", title: one.field.help || null }, title), body,
      el("button", { class: "tool", type: "button", title: "Leave it as it is", "aria-label": `Leave ${title} as it is`, onclick: () => change(withoutField(draft, one.path)) }, icon("bin")),
      wrong ? el("p", { class: "field-problem", role: "alert" }, wrong) : null);
  }

  function range(path, { low, high, log }, title, id) {
    const end = (name, value, word) => el("input", { id: `${id}-${name}`, class: "entry is-short", inputmode: "decimal", autocomplete: "off", value: String(value), "aria-label": `${title}, ${word}`,
      onchange: (event) => change(withValues(draft, path, { [name]: readEnd(event.currentTarget.value) })) });
    return el("span", { class: "space-values" }, end("low", low, "smallest"), "to", end("high", high, "largest"),
      el("button", { id: `${id}-log`, class: "family", type: "button", "aria-pressed": String(Boolean(log)), title: "Equal factors instead of equal distances", onclick: () => change(withValues(draft, path, { log: !log })) }, "log"));
  }

  function choices({ path, field, values: first }, values, title) {
    const all = field.choices ?? first.choices;
    return el("span", { class: "space-values", role: "group", "aria-label": title }, ...all.map((choice, at) => el("button", { id: `space-${path}-${at}`, class: "family", type: "button",
      "aria-pressed": String(values.choices.includes(choice)), onclick: () => change(withValues(draft, path, { choices: toggled(all, values.choices, choice) })) }, valueText(choice))));
  }

  function add() {
    const chosen = tunables.find((one) => one.path === adds.value);
    if (chosen) change(withField(draft, chosen));
  }

  async function foretell() {
    const study = studyOf(draft, job, does.state().name), asked = draft;
    mark(start, { disabled: !study });
    if (!study) return say(words, "Choose at least one field.");
    const told = await does.foretellStudy(study);
    if (asked !== draft || !told) return;
    tell(told.problem ?? null, told.problem ? told.problem.message : `${told.said}.`);
  }

  function tell(found, text) {
    const isOther = JSON.stringify(found?.where ?? null) !== JSON.stringify(problem?.where ?? null);
    problem = found;
    say(words, text);
    words.classList.toggle("is-problem", Boolean(found));
    mark(start, { disabled: Boolean(found) });
    if (isOther) draw();
  }

  async function begin() {
    const study = studyOf(draft, job, does.state().name);
    if (!study) return;
    mark(start, { disabled: true });
    const told = await does.beginStudy(study);
    if (told.problem) tell(told.problem, told.problem.message);
    else location.assign(`/studies/${told.id}/`);
  }

  return { open };
}

const groupOf = ([owner, ones]) => el("optgroup", { label: owner || "Training" }, ...ones.map((one) => el("option", { value: one.path }, one.field.label)));

const studyRow = (study) => el("li", { class: "mine-row" }, el("a", { class: "mine-open", href: `/studies/${study.id}/` }, el("b", {}, study.name), el("span", {}, `${study.status} · ${when(study.created)}`)));
