// The bottom dock: both curves and what came out. Drawn at most five times a second, when the page has nothing better
// to do, and only while it is in view: strokes and pictures come first.
import { count, duration, plain, rate } from "../core/numbers.js";
import { measureOf, measured, taskOf } from "../core/measure.js";
import { best } from "../core/transcript.js";
import { isDraft, isUnseen, looksBack, situation } from "../core/situation.js";
import { marksOf, stopsOf } from "../core/timeline.js";
import { el } from "../lib/dom.js";
import { loadPlotly } from "../lib/plotly.js";
import { curve } from "../views/curve.js";
import { timeline } from "../views/timeline.js";

const PACE = 200, PATIENCE = 1000; // milliseconds between two drawings; and how long one waits for idle time
const HAND = 400, HELD = 2500; // so long after a stroke the hand still draws; and so long the curves wait for it
const SHARE = 0.12; // of the page's time that drawing curves may take: on a slow machine they come less often

/** @param {Object<string, any>} roots by name of view @param {any} does the page's acts */
export function dockPanel(roots, does) {
  const curves = [curve(roots.loss, "loss", peek), curve(roots.accuracy, "measure", peek)];
  const travel = timeline(roots.timeline, does);
  let plotly = null, last = null, drawn = null, due = 0, timer = null, wrote = "", strokedAt = -Infinity;
  new ResizeObserver(() => redraw()).observe(roots.loss);

  function peek(step) {
    const past = last && looksBack(last) ? last.at : null;
    for (const one of curves) one.peek(step ?? past);
  }

  function update(state) {
    const travelled = last && last.at !== state.at;
    if (last && last.strokes !== state.strokes) strokedAt = performance.now();
    last = state;
    if (travelled) peek(null);
    outcome(state);
    travel.update(timelineOf(state));
    if (!plotly || (drawn?.transcript === state.transcript && drawn?.run?.id === state.run?.id && drawn?.job === state.job && drawn?.link === state.link && drawn?.away === state.away)) return;
    if (state.transcript.ended && !drawn?.transcript.ended) return redrawNow();
    timer ??= setTimeout(redrawSoon, Math.max(0, due - performance.now()));
  }

  /** The whole curve belongs to the word that it has ended. */
  function redrawNow() {
    clearTimeout(timer);
    timer = setTimeout(redraw);
  }

  function redrawSoon() {
    const now = performance.now();
    if (now < strokedAt + HAND && now < due + HELD) timer = setTimeout(redrawSoon, HAND / 2);
    else whenIdle(redraw);
  }

  function redraw() {
    clearTimeout(timer);
    timer = null;
    if (!plotly || !last || !roots.loss.clientWidth) return;
    drawn = last;
    const job = last.run?.job ? { ...last.job, ...last.run.job } : last.job, task = taskOf(job, last.catalogue);
    const run = { transcript: last.transcript, planned: planned(last), isUnseen: isUnseen(last), revision: `${last.run?.id ?? "none"} ${task.kind}`, measure: task.measure, isUsual: task.family === "classes" };
    const begin = performance.now();
    for (const one of curves) one.update(plotly, run);
    peek(null);
    const end = performance.now();
    due = begin + Math.max(PACE, (end - begin) / SHARE);
  }

  function outcome(state) {
    const lines = linesOf(state), test = testOf(state, situation(state)), key = JSON.stringify([lines, test]);
    if (key === wrote) return;
    wrote = key;
    roots.outcome.replaceChildren(
      el("h2", { class: "label" }, isDraft(state) ? "The run before this edit" : "Result"),
      el("dl", {}, ...lines.flatMap(([name, value, more]) => [el("dt", {}, name), el("dd", {}, el("b", {}, value), more ? el("span", {}, more) : "")])),
      test.words ? el("p", { class: "hint" }, test.words) : "",
      test.canOpen ? el("button", { class: "outline", "data-act": "test", disabled: test.isAsking }, test.isAsking ? "Opening …" : "Open the test set") : "",
    );
  }

  return {
    update,
    /** Fetches Plotly; called after the first paint. */
    async begin() {
      plotly = await loadPlotly();
      redraw();
    },
    repaint: redraw,
  };
}

/** What the timeline shows; nothing before there is something to look back at. */
function timelineOf(state) {
  const { transcript, run, keys, plays } = state, now = transcript.step;
  if (!run || !now || isDraft(state)) return null;
  const total = transcript.ended ? now : Math.max(now, transcript.started?.steps ?? now);
  return { now, total, at: looksBack(state) ? state.at : null, stops: stopsOf(keys, now), marks: marksOf(transcript), plays };
}

/** Safari knows no idle time: there it is now. */
const whenIdle = (work) => (window.requestIdleCallback ? requestIdleCallback(work, { timeout: PATIENCE }) : work());

/** Steps of a run not yet made, for the axis. */
const planned = ({ job }) => job.epochs * Math.ceil((job.dataset.size ?? 55000) / job.batch_size);

function linesOf(state) {
  const { transcript, run } = state;
  if (!run) return [];
  const measure = measureOf({ ...state.job, ...run.job }, state.catalogue), told = (value) => (value == null ? "–" : measured(value, measure));
  const last = transcript.validated[transcript.validated.length - 1], star = best(transcript), tested = transcript.tested[transcript.tested.length - 1];
  return [
    ...(last ? [["Validation", told(last.measure), `loss ${plain(last.loss ?? NaN, 3)}`]] : []),
    ...(star && star !== last ? [["★ Least loss", told(star.measure), `epoch ${star.epoch}`]] : []),
    ...(tested ? [["Test", told(tested.measure ?? tested.accuracy), tested.correct == null ? measure.name : `${count(tested.correct)} of ${count(tested.images)}`]] : []),
    ...(transcript.lr != null ? [["Learning rate", rate(transcript.lr)]] : []),
    ...(transcript.seconds ? [["Trained", duration(transcript.seconds), transcript.imagesPerSecond ? `${count(transcript.imagesPerSecond)} images/s` : ""]] : []),
  ];
}

const BEFORE = { empty: "Choose a template, or press + below the input.", problem: "As soon as every layer fits, it can be trained." };

function testOf({ run, transcript, asking, readonly, opening }, now) {
  if (now === "ready") return { words: readyWords(opening.ready) };
  if (!run) return { words: BEFORE[now] ?? "Press Train: both curves grow here while it learns." };
  const over = ["finished", "stopped"].includes(run.status) && transcript.step > 0;
  const isOpened = transcript.tested.length > 0;
  const words = over && !isOpened ? "These digits were kept apart: nothing was chosen with them." : run.status === "failed" ? transcript.ended?.message ?? "" : "";
  return { words, canOpen: over && !readonly && !isOpened, isAsking: asking === "test" };
}

const readyWords = (ready) => `This network came already trained on ${ready.trained_on}. Press Train to teach your own from the start.`;
