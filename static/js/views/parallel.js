// Parallel coordinates: a line per trial over all fields to what it came to. The better, the stronger.
import { explored, placeOn, ranked, scoreRange, scoreText, standing, stateOf, titleOf, valueText } from "../core/study.js";
import { plotText, tokens } from "../lib/plotly.js";

const CONFIG = { displayModeBar: false, responsive: false, showTips: false };
const STRONG = 3, FAINT = 0.8;

/** @param {any} root @param {(number: number) => void} select @returns {(plotly: any, study: any, selected: number[]) => void} */
export function parallel(root, select) {
  let listens = false;

  return function update(plotly, study, selected) {
    const width = root.clientWidth, height = root.clientHeight;
    if (width < 40 || height < 40) return;
    const order = ranked(study), last = study.axes.length, range = scoreRange(study), token = tokens();
    const up = study.plan.objective === "loss" ? 1 : 0, high = (value) => Math.min(1, Math.max(0, Math.abs(up - (value - range[0]) / (range[1] - range[0]))));
    const lines = [...order].reverse().map((trial, at) => line(trial, order.length > 1 ? at / (order.length - 1) : 1));
    plotly.react(root, [...lines, ends()], layout(), CONFIG);
    if (!listens) listen();

    function line(trial, rank) {
      const value = standing(study, trial), isChosen = selected.includes(trial.number);
      return {
        type: "scatter", mode: "lines", hoverinfo: "none", x: [...study.axes.keys(), ...(value === null ? [] : [last])],
        y: [...study.axes.map((axis) => placeOn(axis, trial.values[axis.path])), ...(value === null ? [] : [high(value)])],
        line: { color: isChosen ? token("--pos-1") : rank > 0.66 ? token("--validation") : token("--training"), width: isChosen ? STRONG : FAINT + 1.4 * rank ** 2,
          dash: trial.state === "done" || isChosen ? "solid" : "dot" }, opacity: isChosen ? 1 : 0.25 + 0.7 * rank,
      };
    }

    /** Where lines end there is something to point at. */
    function ends() {
      const told = explored(study).filter((trial) => standing(study, trial) !== null);
      return {
        type: "scatter", mode: "markers", x: told.map(() => last), y: told.map((trial) => high(standing(study, trial))), customdata: told.map((trial) => trial.number), hoverinfo: "text",
        text: told.map((trial) => `Trial ${trial.number + 1}, ${stateOf(trial)}: ${scoreText(study, standing(study, trial))}`),
        marker: { size: 9, color: told.map((trial) => (trial.state === "done" ? token("--validation") : token("--surface"))), line: { width: 1.5, color: token("--validation") } },
        hoverlabel: { bgcolor: token("--ink"), font: { color: token("--paper") } },
      };
    }

    function layout() {
      const text = plotText(token), scale = Number(token("--type")) || 1, ends = study.axes.flatMap((axis, at) => [[at, 0, lowText(axis)], [at, 1, highText(axis)]]);
      const range1 = up ? [range[1], range[0]] : range;
      return {
        width, height, margin: { l: 44 * scale, r: 50 * scale, t: 40 * scale, b: 22 * scale }, showlegend: false, font: text, hovermode: "closest", dragmode: false,
        paper_bgcolor: "rgba(0,0,0,0)", plot_bgcolor: "rgba(0,0,0,0)",
        xaxis: { range: [-0.08, last + 0.08], showgrid: false, zeroline: false, showticklabels: false, fixedrange: true }, yaxis: { range: [-0.02, 1.02], showgrid: false, zeroline: false, showticklabels: false, fixedrange: true },
        shapes: [...study.axes.keys(), last].map((at) => ({ type: "line", x0: at, x1: at, y0: 0, y1: 1, line: { color: token("--line-2"), width: 1 }, layer: "below" })),
        annotations: [
          ...[...ends, [last, 0, scoreText(study, range1[0])], [last, 1, scoreText(study, range1[1])]].map(([x, y, words]) => (
            { x, y, text: words, showarrow: false, font: text, yanchor: y ? "bottom" : "top", yshift: y ? 1 : -2 })),
          ...[...study.axes.map((axis) => shortTitle(axis, width / (last + 1))), study.plan.objective === "loss" ? "Loss" : "Accuracy"].map((words, x) => (
            { x, y: 1, text: words, showarrow: false, font: { ...text, color: token("--ink"), weight: 600 }, yanchor: "bottom", yshift: 16 * scale })),
        ],
      };
    }
  };

  function listen() {
    listens = true;
    root.on("plotly_click", ({ points }) => points[0]?.customdata !== undefined && select(points[0].customdata));
  }
}

const LETTER = 8; // pixels, with some room

function shortTitle(axis, width) {
  const whole = titleOf(axis), most = Math.floor(width / LETTER), words = whole.length <= most ? whole : axis.label;
  return escaped(words.length <= most ? words : `${words.slice(0, Math.max(3, most - 1))}…`);
}

/** Plotly reads some HTML in its texts. */
const escaped = (text) => text.replace(/&/g, "&amp;").replace(/</g, "&lt;");
const lowText = (axis) => escaped(valueText(axis.choices ? axis.choices[0] : axis.low));
const highText = (axis) => escaped(valueText(axis.choices ? axis.choices[axis.choices.length - 1] : axis.high));
