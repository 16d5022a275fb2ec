// One curve: training thin, validation strong; drag zooms, double click resets, a click on the axis changes its scale.
import { GUESS, accuracyAxis, lossAxis, stepAxis } from "../core/axes.js";
import { count, plain } from "../core/numbers.js";
import { isMended } from "../core/situation.js";
import { measured, titleOf } from "../core/measure.js";
import { recent, thin } from "../core/transcript.js";
import { el, mark, say } from "../lib/dom.js";
import { plotText, tokens } from "../lib/plotly.js";

const WORDS = { error: ["logarithmic", "linear"], share: ["upper part", "whole"] };
const lossWords = (value) => (value < 1000 ? value.toFixed(3) : value.toExponential(1));
const CONFIG = { displayModeBar: false, doubleClick: "reset", responsive: false, showTips: false };

/** @param {HTMLElement} root a figure with figcaption and .plot @param {"loss" | "measure"} field @param {(step: number | null) => void} onpeek
 * @returns {{update: (plotly: any, run: {transcript: any, planned: number, isUnseen: boolean, revision: string, isUsual: boolean, measure: import("../core/measure.js").Measure}) => void, peek: (step: number | null) => void,
 *   label: (transcript: any, step: number | null) => void}} */
export function curve(root, field, onpeek) {
  const plot = /** @type {any} */ (root.querySelector(".plot")), cursor = el("i", { class: "cursor", hidden: true });
  const axis = el("button", { class: "axis-switch", onclick: turn });
  const [stepKey, rawKey, strongKey] = [".is-step", ".is-raw", ".is-strong"].map((name) => /** @type {HTMLElement} */ (root.querySelector(name)));
  const title = /** @type {HTMLElement} */ (root.querySelector("h2"));
  let turned = null, given = null, drawnOnce = false;
  root.append(axis, cursor);

  function turn() {
    turned = !isFirst();
    if (given) update(given.plotly, { ...given.run, revision: `${given.run.revision} ${turned}` });
  }

  /** A share from 0 to 1, the more the better; a loss and every other measure is an error. */
  const isShare = () => field === "measure" && Boolean(given?.run.measure.accuracy);

  const unit = (value) => (field === "loss" ? lossWords(value) : captioned(value, given.run.measure));

  /** Errors begin logarithmic; accuracy shows its upper part as soon as the run is there. */
  function isFirst() {
    if (turned !== null) return turned;
    return !isShare() || (given ? (recent(given.run.transcript.measure, given.run.transcript.step) ?? 0) > 0.7 : false);
  }

  function update(plotly, run) {
    const width = plot.clientWidth, height = plot.clientHeight;
    given = { plotly, run };
    label(run.transcript, null);
    if (width < 40 || height < 40) return;
    const words = WORDS[isShare() ? "share" : "error"], name = field === "loss" ? "loss" : run.measure.name;
    if (field === "measure") say(title, titleOf(run.measure));
    mark(axis, { title: `Axis: ${words[isFirst() ? 0 : 1]}. Click for ${words[isFirst() ? 1 : 0]}`, "aria-label": `${name} axis, ${words[isFirst() ? 0 : 1]}` });
    plotly.react(plot, traces(run.transcript, width), layout(run, width, height), CONFIG);
    if (!drawnOnce) listen();
  }

  function listen() {
    drawnOnce = true;
    plot.on("plotly_hover", ({ xvals }) => onpeek(Math.max(0, Math.round(xvals[0]))));
    plot.on("plotly_unhover", () => onpeek(null));
  }

  function traces(transcript, width) {
    const points = thin(transcript[field], 1, transcript.step, Math.max(60, Math.floor(width / 1.5)));
    const marks = transcript.validated, token = tokens();
    const common = { type: "scatter", hoverinfo: "none" };
    return [
      { ...common, mode: "lines", x: points.x, y: points.y, line: { color: token("--training"), width: 0.8 }, opacity: 0.75 },
      {
        ...common, mode: "lines+markers", x: marks.map((one) => one.step), y: marks.map((one) => one[field]),
        line: { color: token("--validation"), width: 2 },
        marker: { color: token("--validation"), size: marks.map((one) => (one.best ? 6 : 5)), line: { color: token("--paper"), width: 1 } },
      },
    ];
  }

  function layout({ transcript, planned, isUnseen, revision }, width, height) {
    const token = tokens(), seen = isShare() ? [] : errorsSeen(transcript, field);
    const type = Number(token("--type")) || 1, text = plotText(token);
    const line = { gridcolor: token("--line"), zeroline: false, showline: false, ticks: "", automargin: false, fixedrange: false };
    const yaxis = isShare() ? accuracyAxis(isFirst()) : lossAxis(seen, isFirst(), hasGuess());
    const steps = stepAxis(transcript, planned, width - 54 * type), unseen = isUnseen ? [transcript.step, steps.range[1]] : null;
    return {
      width, height, margin: { l: Math.round(34 * type), r: Math.round(20 * type), t: Math.round(7 * type), b: Math.round(18 * type) }, showlegend: false, font: text,
      paper_bgcolor: "rgba(0,0,0,0)", plot_bgcolor: "rgba(0,0,0,0)", uirevision: revision, hovermode: "x", hoverdistance: -1, dragmode: "zoom",
      xaxis: { ...line, ...steps, showgrid: false, tickmode: "array" }, yaxis: { ...line, ...yaxis },
      shapes: [...guess(transcript, token), ...changes(transcript, token), ...ticks(transcript, token), ...veil(unseen, token)],
      annotations: [...guessWords(transcript, text), ...veilWords(unseen, text)],
    };
  }

  /** What guessing gives is known of ten classes alone. */
  const hasGuess = () => Boolean(given?.run.isUsual);

  function guess(transcript, token) {
    if (transcript.step || !hasGuess()) return [];
    const y = GUESS[field].value;
    return [{ type: "line", xref: "paper", x0: 0, x1: 1, y0: y, y1: y, line: { color: token("--line-2"), width: 1, dash: "dash" } }];
  }

  function guessWords(transcript, font) {
    if (transcript.step || !hasGuess()) return [];
    const y = field === "loss" && isFirst() ? Math.log10(GUESS.loss.value) : GUESS[field].value;
    return [{ xref: "paper", x: 1, y, text: GUESS[field].text, showarrow: false, xanchor: "right", yanchor: field === "loss" ? "top" : "bottom", font }];
  }

  const changes = (transcript, token) => transcript.changes.map(({ step }) => (
    { type: "line", yref: "paper", y0: 0, y1: 1, x0: step, x1: step, line: { color: token("--line-2"), width: 1, dash: "dot" } }
  ));

  /** A hollow tick where training went on after a fault. */
  const ticks = (transcript, token) => transcript.resumed.filter(isMended).map(({ step }) => ({
    type: "circle", yref: "paper", xsizemode: "pixel", ysizemode: "pixel", xanchor: step, yanchor: 0, x0: -4, x1: 4, y0: -4, y1: 4,
    line: { color: token("--ink"), width: 1.5 }, fillcolor: token("--paper"),
  }));

  /** What goes on without being told. */
  const veil = (unseen, token) => (unseen ? [{
    type: "rect", yref: "paper", y0: 0, y1: 1, x0: unseen[0], x1: unseen[1], line: { width: 0 }, fillcolor: token("--sunken"), layer: "below",
  }] : []);

  const veilWords = (unseen, font) => (unseen ? [{
    x: unseen[1], yref: "paper", y: 0.5, text: "not seen yet", showarrow: false, xanchor: "right", xshift: -8, font,
  }] : []);

  /** The numbers in the caption: of a step, or of the last one. */
  function label(transcript, step) {
    const at = step ?? transcript.step, mean = recent(transcript[field], at);
    const last = transcript.validated.filter((one) => one.step <= at).pop();
    say(stepKey, step == null || !transcript.step ? "" : `step ${count(Math.min(step, transcript.step))}`);
    mark(rawKey, { hidden: mean == null });
    mark(strongKey, { hidden: last?.[field] == null });
    if (mean != null) say(rawKey.lastElementChild, unit(mean));
    if (last?.[field] != null) say(strongKey.lastElementChild, unit(last[field]));
  }

  function peek(step) {
    const full = plot._fullLayout;
    if (!given || !full) return;
    label(given.run.transcript, step);
    mark(cursor, { hidden: step == null });
    if (step == null) return;
    const x = full.margin.l + full.xaxis.l2p(step);
    cursor.style.transform = `translateX(${plot.offsetLeft + x}px)`;
  }

  return { update, peek, label };
}

/** A number below a title that names its unit, if it is no share. */
const captioned = (value, measure) => (measure.accuracy ? measured(value, measure, 1) : plain(value, measure.digits));

const errorsSeen = (transcript, field) => [
  ...transcript.validated.map((one) => one[field]).filter((error) => error != null), recent(transcript[field], transcript.step) ?? 1,
];
