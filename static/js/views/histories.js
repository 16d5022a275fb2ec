// How trials came along over their epochs, one above the other; the chosen ones stand out.
import { explored, historyOf, scoreRange } from "../core/study.js";
import { plotText, tokens } from "../lib/plotly.js";

const CONFIG = { displayModeBar: false, responsive: false, showTips: false };
const DASHES = ["solid", "dash"]; // of the chosen ones: colour is never alone

/** @param {any} root @returns {(plotly: any, study: any, selected: number[]) => void} */
export function histories(root) {
  return function update(plotly, study, selected) {
    const width = root.clientWidth, height = root.clientHeight;
    if (width < 40 || height < 40) return;
    const token = tokens(), scale = Number(token("--type")) || 1, isShare = study.plan.objective !== "loss";
    const told = explored(study).filter((trial) => trial.reports.length), chosen = selected.map((number) => told.find((trial) => trial.number === number)).filter(Boolean);
    const others = told.filter((trial) => !selected.includes(trial.number)).map((trial) => line(study, trial, { color: token("--training"), width: 0.8 }, ""));
    const strong = chosen.map((trial, at) => line(study, trial, { color: token(at ? "--validation" : "--pos-1"), width: 2.5, dash: DASHES[at] }, ` ${trial.number + 1}`));
    const axis = { gridcolor: token("--line"), zeroline: false, showline: false, ticks: "", fixedrange: true };
    plotly.react(root, [...others, ...strong], {
      width, height, margin: { l: 52 * scale, r: 28 * scale, t: 8 * scale, b: 24 * scale }, showlegend: false, font: plotText(token), hovermode: false, dragmode: false,
      paper_bgcolor: "rgba(0,0,0,0)", plot_bgcolor: "rgba(0,0,0,0)", xaxis: { ...axis, showgrid: false, rangemode: "tozero", nticks: 6, tickformat: "d" },
      yaxis: { ...axis, range: scoreRange(study), nticks: 5, ...(isShare ? { tickformat: ".1%" } : {}) },
    }, CONFIG);
  };
}

function line(study, trial, style, name) {
  const points = historyOf(study, trial);
  return { type: "scatter", mode: name ? "lines+markers+text" : points.length > 1 ? "lines" : "markers", x: points.map(([epoch]) => epoch), y: points.map(([, value]) => value), line: style,
    marker: { size: name ? 5 : 3, color: style.color }, text: points.map((_, at) => (at === points.length - 1 ? name : "")), textposition: "middle right" };
}
