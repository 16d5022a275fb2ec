// The Lab: one store, panels that draw it, acts that change it. Only wiring stands here.
import { begin } from "../core/history.js";
import { shapeText } from "../core/numbers.js";
import { recipe } from "../core/recipe.js";
import { mainAct } from "../core/situation.js";
import { BRUSHES, example } from "../core/strokes.js";
import { aimOf, fitted, jobForTemplate } from "../core/task.js";
import { HERE } from "../core/timeline.js";
import { empty } from "../core/transcript.js";
import { readJson } from "../lib/dom.js";
import { forgetScales } from "../lib/paint.js";
import { createStore } from "../lib/store.js";
import { turnTheme } from "../lib/themes.js";
import { addPanel } from "../panels/add.js";
import { barPanel } from "../panels/bar.js";
import { dockPanel } from "../panels/dock.js";
import { drawerPanel } from "../panels/drawer.js";
import { keysPanel } from "../panels/keys.js";
import { morePanel } from "../panels/more.js";
import { networkPanel } from "../panels/network.js";
import { personPanel } from "../panels/person.js";
import { railPanel } from "../panels/rail.js";
import { sharePanel } from "../panels/share.js";
import { studyPanel } from "../panels/study.js";
import { toasts } from "../views/toasts.js";
import { drawing } from "./lab/drawing.js";
import { editing } from "./lab/editing.js";
import { finding } from "./lab/finding.js";
import { keeping } from "./lab/keeping.js";
import { looking } from "./lab/looking.js";
import { planning } from "./lab/planning.js";
import { preparing } from "./lab/preparing.js";
import { plotting } from "./lab/plotting.js";
import { running } from "./lab/running.js";
import { searching } from "./lab/searching.js";
import { shortcutsOf } from "./lab/shortcuts.js";
import { travelling } from "./lab/travelling.js";

const page = document.documentElement;
const catalogue = readJson("catalogue"), opening = readJson("opening");
const views = Object.fromEntries([...document.querySelectorAll("[data-view]")].map((/** @type {any} */ root) => [camel(root.dataset.view), root]));

function camel(name) {
  return name.replace(/-(.)/g, (_, letter) => letter.toUpperCase());
}

const store = createStore({
  catalogue, opening: withReadyNetwork(opening), history: begin(opening.network), checked: null, problem: null, name: opening.name, saved: opening.saved,
  run: null, transcript: empty(), ...HERE, plays: false, link: "live", readonly: opening.readonly, showUntrained: false, seenStep: null, lookProblem: null, asking: null,
  selection: { layer: opening.network.layers[0]?.name ?? "input", channel: null }, watched: "pad", pins: [], samples: [], samplesFrom: "",
  strokes: example(), isExample: true, picture: null, padPast: [], brush: BRUSHES[1].width, job: jobAtFirst(),
  drawer: "layer", drawerOpen: false, estimate: null, planned: null, finder: null, code: null, points: null, language: "pytorch", away: false, waits: 0,
  tried: null, batch: { epoch: 1, batch: 1, isOpen: false, told: null, problem: null },
});

/** Of the run or the template with which the page opens, else the defaults. */
function jobAtFirst() {
  return opening.job ? jobForTemplate(opening, recipe(catalogue), catalogue) : recipe(catalogue, opening.run?.job);
}

/** The page knows the ready network where it opens with it, so that undo leads back to its weights. */
function withReadyNetwork({ ready, weights, network, ...others }) {
  return { ...others, weights, network, ready: ready && { ...ready, network: ready.network ?? (weights.kind === "ready" ? network : null) } };
}

const toast = toasts(views.toasts);
const looks = looking(store, {
  wishes: (state) => net.wishes(state),
  paint(frame, state) {
    net.paint(frame, state);
    rail.paint(frame, state);
  },
  begun() {
    pad.shuffle(true);
    requestAnimationFrame(() => dock.begin().catch((error) => toast(error.message)));
  },
});
const { look } = looks;
const pad = drawing(store, { look, follow: looks.follow, shown: looks.shown, toast });
const edits = editing(store, { look, toast, saved: () => keeps.saved(), reveal: (name) => net.reveal(name) });
const runs = running(store, { look, toast, known: looks.known, address: () => keeps.address(), recheck: edits.recheck });
const finds = finding(store, { toast, known: looks.known });
const plans = planning(store, { toast }), prepares = preparing(store), searches = searching(store, { toast, known: looks.known });
plotting(store, { toast });
const keeps = keeping(store, { look, toast, recheck: edits.recheck, attach: runs.attach, detach: runs.detach, replace: edits.replace });

const travels = travelling(store, { look, toast, address: () => keeps.address() });

function select(layer, channel = null) {
  const { selection } = store.state;
  const { drawer } = store.state;
  store.set({ selection: { layer, channel: channel ?? (layer === selection.layer ? selection.channel : null) }, drawer: drawer === "code" ? drawer : "layer" });
  look();
}

function openAdd(edge, button) {
  const { checked } = store.state;
  if (!checked || store.state.readonly) return;
  const fits = edge ? checked.stages[edge - 1]?.fits : checked.fits;
  if (fits && button) add.open(edge, button, { fits, shape: net.shapeAt(edge), words: shapeText(net.shapeAt(edge)) });
}

/** @param {HTMLElement} button */
async function share(button) {
  const link = await keeps.share();
  if (link) shareWith.open(button, link.address, link.text);
}

function theme() {
  turnTheme();
  forgetScales();
  for (const panel of [net, rail, dock, drawer]) panel.repaint();
  look();
}

function toggleDrawer(isOpen = !page.classList.contains("drawer-open")) {
  page.classList.toggle("drawer-open", isOpen);
  views.drawerSwitch.setAttribute("aria-expanded", String(isOpen));
}

/** What a network is for decides what is said of it. */
function setJob(job) {
  const before = JSON.stringify(aimOf(store.state.job));
  store.set({ job, problem: null });
  if (JSON.stringify(aimOf(job)) === before) return;
  edits.recheck(null);
  if (store.state.saved?.mine) keeps.saved();
}

const does = {
  ...edits, ...keeps, ...pad, ...runs, ...finds, ...travels, ...prepares, ...searches, remove: edits.removeAt, look, select, add: openAdd, share, theme, toggleDrawer,
  state: () => store.state, present: () => store.state.history.present,
  changeJob(change) {
    const { job } = store.state;
    setJob(change.task ? fitted({ ...job, ...change }, catalogue) : { ...job, ...change });
  },
  defaultJob() {
    const { job } = store.state;
    setJob(recipe(catalogue));
    toast("The settings are as at first", { word: "Undo", act: () => setJob(job) });
  },
  main: () => mainAct(store.state).rests || { copy: keeps.fork, train: runs.train, pause: runs.pause, resume: runs.resume, stop: runs.stop }[mainAct(store.state).act](),
  tryNow: () => (looks.tryNow(), runs.tryNow()), exportAs: plans.exportAs, take: plans.take, write: (language) => store.set({ language }),
  search: (button) => study.open(button),
  drawerTab: (tab) => store.set({ drawer: tab }),
  openSettings() {
    store.set({ drawer: "training", drawerOpen: true });
    page.dataset.tab = "settings";
  },
  selectAnswer(digit) {
    const layers = store.state.checked?.network.layers ?? [];
    if (layers.length) select(layers[layers.length - 1].name, digit);
  },
};

const net = networkPanel({ list: views.layers, legend: views.legend }, does, catalogue);
const rail = railPanel(views, does), bar = barPanel(views, does), dock = dockPanel(views, does);
const drawer = drawerPanel({ body: views.drawer, tabs: views.drawerTabs }, does, catalogue);
const add = addPanel(views.add, { insert: edits.insert, edgeAt: net.edgeAt, aim: net.aim }, catalogue);
const more = morePanel(views.more, does, catalogue), shareWith = sharePanel(views.share), person = personPanel(views.person, { settle: keeps.settle });
const study = studyPanel(views.study, does, catalogue);
const keys = keysPanel(views.keys, shortcutsOf(does, () => keys.open(), () => net.addButton(store.state.selection.layer)));

const acts = {
  main: does.main, reset: runs.reset, stop: runs.stop, share, theme, clear: pad.clear, brush: pad.brush, pin: pad.pin, undo: edits.undo, redo: edits.redo,
  test: runs.openTest, shuffle: () => pad.shuffle(), keys: () => keys.open(), more: (button) => more.open(button), person: (button) => person.open(button), drawer: () => toggleDrawer(),
  "undo-stroke": pad.undoStroke,
  "look-trained": () => (store.set({ showUntrained: false }), look()),
  "look-untrained": () => (store.set({ showUntrained: true }), look()),
  "drawer-tab": (button) => does.drawerTab(button.dataset.tab),
  tab: (button) => (page.dataset.tab = button.dataset.tab),
};

document.addEventListener("click", (event) => {
  const button = /** @type {any} */ (event.target).closest?.("[data-act]");
  if (button && !button.disabled) acts[button.dataset.act](button);
});

for (const panel of [bar, rail, net, drawer, dock]) store.follow(panel.update);
store.follow((state) => state.drawerOpen && (toggleDrawer(true), store.set({ drawerOpen: false })));
store.set({});
edits.recheck(null);
if (opening.run) {
  const step = Number.parseInt(new URLSearchParams(location.search).get("step") ?? "", 10);
  runs.attach(opening.run);
  if (step >= 0) travels.go(step);
}
