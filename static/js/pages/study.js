// The page of a study: what its socket says is folded, and every part draws the fold. Only wiring stands here.
import { bestOf, compared, fold, sentenceOf, surenessOf, titleOf, valueText, withChosen } from "../core/study.js";
import { post } from "../lib/api.js";
import { el, mark, readJson, say } from "../lib/dom.js";
import { loadPlotly } from "../lib/plotly.js";
import { openSocket } from "../lib/socket.js";
import { createStore } from "../lib/store.js";
import { turnTheme } from "../lib/themes.js";
import { sharePanel } from "../panels/share.js";
import { histories } from "../views/histories.js";
import { importance } from "../views/importance.js";
import { ladder } from "../views/ladder.js";
import { parallel } from "../views/parallel.js";
import { scatter } from "../views/scatter.js";
import { trials } from "../views/trials.js";

const PATIENCE = 1500; // milliseconds without a line to the server, until the page says so
const views = Object.fromEntries([...document.querySelectorAll("[data-view]")].map((/** @type {any} */ root) => [root.dataset.view, root]));
const store = createStore({ study: readJson("study"), selected: [], axis: null, plotly: null, link: "live", theme: "" });
const select = (number) => store.set({ selected: withChosen(store.state.selected, number) });
const lines = parallel(views.parallel, select), points = scatter(views.scatter, select), rungs = ladder(views.ladder, select), table = trials(views.trials, select);
const courses = histories(views.histories), shares = importance(views.importance, (path) => store.set({ axis: path })), link = sharePanel(views.share);
let lostTimer = null, drawn = null;

function update(state) {
  const { study, selected, plotly } = state, axis = study.axes.find((one) => one.path === state.axis) ?? mostImportant(study);
  say(views.status, state.link === "live" ? sentenceOf(study) : "The server can’t be reached. The study goes on there.");
  document.title = `${study.name} · Playground`;
  mark(views.stop, { hidden: !study.mine || study.status !== "running" });
  mark(views["share-act"], { hidden: !study.mine });
  result(study);
  shares(study, axis?.path ?? null);
  rungs(study, selected);
  table(study, selected);
  fields(study, axis);
  comparison(study, selected);
  if (plotly && isNews(state, axis)) {
    lines(plotly, study, selected);
    points(plotly, study, axis, selected);
    courses(plotly, study, selected);
  }
}

/** Plotly is not asked to draw the same again. */
function isNews(state, axis) {
  const key = [state.study, state.selected, axis?.path, state.theme, innerWidth];
  if (drawn?.every((part, at) => part === key[at])) return false;
  drawn = key;
  return true;
}

const mostImportant = (study) => study.axes.find((axis) => axis.path === Object.keys(study.importances)[0]) ?? study.axes[0];

function result(study) {
  const best = bestOf(study);
  say(views.sureness, surenessOf(study));
  mark(views.use, { hidden: !best?.trial.run, href: best?.trial.run ? `/lab/?run=${best.trial.run}` : null });
  const values = best ? study.axes.flatMap((axis) => [el("dt", {}, titleOf(axis)), el("dd", {}, valueText(best.trial.values[axis.path]))]) : [];
  if (views.best.dataset.of !== `${study.best}`) views.best.replaceChildren(...values);
  views.best.dataset.of = `${study.best}`;
}

/** The field that the points lie over. */
function fields(study, axis) {
  if (!views.axis.options.length) views.axis.append(...study.axes.map((one) => el("option", { value: one.path }, titleOf(one))));
  if (axis && views.axis.value !== axis.path) views.axis.value = axis.path;
}

/** Two trials side by side; what they differ in stands out. */
function comparison(study, selected) {
  const rows = compared(study, selected), key = JSON.stringify([selected, rows]);
  if (views.compared.dataset.of === key) return;
  views.compared.dataset.of = key;
  const head = el("tr", {}, el("td"), ...selected.map((number) => el("th", { scope: "col" }, `Trial ${number + 1}`)));
  const row = ({ title, values, differs }) => el("tr", { class: differs ? "differs" : null }, el("th", { scope: "row" }, title, differs ? el("span", { class: "unseen" }, " differs") : null), ...values.map((value) => el("td", {}, value)));
  views.compared.replaceChildren(rows.length ? el("table", {}, el("thead", {}, head), el("tbody", {}, ...rows.map(row))) : el("p", { class: "hint" }, "Press two trials, anywhere on this page, to see them side by side."));
}

async function command(path) {
  try {
    const study = await post(`studies/${store.state.study.id}/${path}`);
    store.set({ study: { ...store.state.study, ...study } });
    return true;
  } catch (problem) {
    say(views.status, problem.message);
    return false;
  }
}

const acts = {
  stop: () => command("stop"),
  theme: () => store.set({ theme: turnTheme() }),
  async share(button) {
    if (store.state.study.shared || (await command("share"))) link.open(button, location.href, "Everyone with this link can look at the study, and at its runs.");
  },
};

document.addEventListener("click", (event) => {
  const button = /** @type {any} */ (event.target).closest?.("[data-act]");
  if (button) acts[button.dataset.act](button);
});
views.axis.addEventListener("change", () => store.set({ axis: views.axis.value }));
new ResizeObserver(() => store.set({})).observe(views.parallel);
store.follow(update);
store.set({});
openSocket(`/ws/studies/${store.state.study.id}/`, {
  opened: (send) => send({ kind: "follow", after: store.state.study.seq }),
  json(message) {
    clearTimeout(lostTimer);
    lostTimer = null;
    if (message.kind === "study") store.set({ study: fold(store.state.study, message), link: "live" });
    if (message.kind === "problem") say(views.status, message.problem.message);
  },
  lost: () => (lostTimer ??= setTimeout(() => store.set({ link: "offline" }), PATIENCE)),
});
requestAnimationFrame(() => loadPlotly().then((plotly) => store.set({ plotly })).catch((error) => say(views.status, error.message)));
