// One field against what its trials came to: finished ones filled, the others hollow at their last report.
import { explored, scoreRange, scoreText, standing, stateOf, valueText } from "../core/study.js";
import { plotText, tokens } from "../lib/plotly.js";

const CONFIG = { displayModeBar: false, responsive: false, showTips: false };

/** @param {any} root @param {(number: number) => void} select @returns {(plotly: any, study: any, axis: any, selected: number[]) => void} */
export function scatter(root, select) {
  let listens = false;

  return function update(plotly, study, axis, selected) {
    const width = root.clientWidth, height = root.clientHeight;
    if (width < 40 || height < 40 || !axis) return;
    const token = tokens(), told = explored(study).filter((trial) => standing(study, trial) !== null);
    const color = (trial) => (selected.includes(trial.number) ? token("--pos-1") : token("--validation"));
    const points = {
      type: "scatter", mode: "markers", x: told.map((trial) => across(axis, trial.values[axis.path])), y: told.map((trial) => standing(study, trial)), customdata: told.map((trial) => trial.number),
      hoverinfo: "text", text: told.map((trial) => `Trial ${trial.number + 1}, ${stateOf(trial)}: ${valueText(trial.values[axis.path])} → ${scoreText(study, standing(study, trial))}`),
      marker: { size: told.map((trial) => (selected.includes(trial.number) || trial.number === study.best ? 12 : 8)), color: told.map((trial) => (trial.state === "done" ? color(trial) : "rgba(0,0,0,0)")),
        line: { width: 1.5, color: told.map(color) }, opacity: 0.9 },
      hoverlabel: { bgcolor: token("--ink"), font: { color: token("--paper") } },
    };
    plotly.react(root, [points], layout(study, axis, width, height, token), CONFIG);
    if (!listens) listen();
  };

  function listen() {
    listens = true;
    root.on("plotly_click", ({ points }) => select(points[0].customdata));
  }
}

const across = (axis, value) => (axis.choices ? axis.choices.findIndex((choice) => JSON.stringify(choice) === JSON.stringify(value)) : value);

function layout(study, axis, width, height, token) {
  const scale = Number(token("--type")) || 1, line = { gridcolor: token("--line"), zeroline: false, showline: false, ticks: "", fixedrange: true };
  const isShare = study.plan.objective !== "loss";
  return {
    width, height, margin: { l: 52 * scale, r: 14 * scale, t: 8 * scale, b: 24 * scale }, showlegend: false, font: plotText(token), hovermode: "closest", dragmode: false,
    paper_bgcolor: "rgba(0,0,0,0)", plot_bgcolor: "rgba(0,0,0,0)", yaxis: { ...line, range: scoreRange(study), nticks: 5, ...(isShare ? { tickformat: ".1%" } : {}) },
    xaxis: { ...line, showgrid: false, ...rangeOf(axis) },
  };
}

function rangeOf({ choices, log, low, high }) {
  if (choices) return { range: [-0.5, choices.length - 0.5], tickmode: "array", tickvals: [...choices.keys()], ticktext: choices.map(valueText) };
  const room = log ? (Math.log10(high) - Math.log10(low)) * 0.04 : (high - low) * 0.04;
  if (!log) return { range: [low - room, high + room], nticks: 6 };
  const ticks = [low, ...decades(low, high), high];
  return { type: "log", range: [Math.log10(low) - room, Math.log10(high) + room], tickmode: "array", tickvals: ticks, ticktext: ticks.map(valueText) };
}

const decades = (low, high) => Array.from({ length: 16 }, (_, at) => Number(`1e${at - 9}`)).filter((value) => value > low * 1.8 && value < high / 1.8);
