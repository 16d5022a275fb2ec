// My network in my pocket: one file with pad, network and pictures of its layers, that works without any server.
// For the curious, and for tests: `pocket.look(pixels)` in the console, 784 numbers from 0 to 255, answers as the page does.
import { fromBase64 } from "../core/frame.js";
import { plan } from "../core/drawing.js";
import { count, percent, plain, shapeText } from "../core/numbers.js";
import { sketch } from "../core/sketch.js";
import { BRUSHES, begin, example, extend } from "../core/strokes.js";
import { player } from "../core/tape.js";
import { byId, el, mark, readJson, say } from "../lib/dom.js";
import { forgetScales, paintBytes } from "../lib/paint.js";
import { drawing } from "../views/drawings.js";
import { pad } from "../views/pad.js";
import { answer } from "../views/answer.js";

const told = readJson("tape"), play = player(told, new Float32Array(fromBase64(byId("weights").textContent.trim()).buffer));
const bands = answer(byId("answer"), () => undefined), paper = pad(byId("pad"), { begin: began, extend: extended, end: () => undefined });
const cards = told.layers.map(cardOf);
let strokes = example(), brush = 1, isExample = true, asked = false, seen = null;

/** @param {Uint8Array} picture 28 × 28, 255 is ink */
const look = (picture) => play(Float32Array.from(picture, (value) => value / 255));

function began(point) {
  change(begin(isExample ? [] : strokes, BRUSHES[brush].width, point));
  isExample = false;
}

function extended(points) {
  change(extend(strokes, points));
}

function change(now) {
  strokes = now;
  paper.update(strokes);
  if (!asked) requestAnimationFrame(show);
  asked = true;
}

function show() {
  asked = false;
  seen = sketch(strokes) ?? new Uint8Array(784);
  const { outputs, probabilities } = look(seen), blank = !strokes.length;
  const digit = probabilities ? probabilities.indexOf(Math.max(...probabilities)) : null;
  paintBytes(byId("sees"), seen, 0, 28, 28, { low: 0, high: 1, top: 1, isAmount: true });
  bands.paint(/** @type {any} */ ({ blank, probabilities, digit }));
  mark(byId("hint"), { hidden: !blank });
  document.title = blank || digit === null ? told.name : `${digit} · ${percent(probabilities[digit], 0)} · ${told.name}`;
  for (const card of cards) card.paint(outputs.get(card.name));
}

function cardOf({ name, label, shape, parameters }) {
  const content = el("div", { class: "maps" }), range = el("span", { class: "label" }), width = Math.min(640, document.documentElement.clientWidth - 64);
  const drawnAs = plan(shape, { width, lines: 2 }), view = drawing(content, drawnAs, { name, isAmount: false, choose: () => undefined });
  const rest = drawnAs.style === "pictures" && drawnAs.length > drawnAs.shown ? el("span", { class: "label" }, `+${count(drawnAs.length - drawnAs.shown)}`) : null;
  const told = [label, shapeText(shape), parameters ? `${count(parameters)} parameters` : ""].filter(Boolean).join(" · ");
  byId("layers").append(el("li", { class: "pocket-card" }, el("p", {}, el("b", {}, name), " ", el("span", { class: "label" }, told)), el("div", { class: "pocket-outputs" }, content, rest), range));
  return {
    name,
    paint({ values }) {
      const all = [...values].filter(Number.isFinite), low = Math.min(0, ...all), high = Math.max(0, ...all), many = shape.length === 3 ? shape[0] : 1;
      view.paint({ name, shape, first: 0, count: many, encoding: "float32", offset: 0, length: 4 * values.length, low: partsOf(values, many, Math.min), high: partsOf(values, many, Math.max), top: Math.max(-low, high), values });
      say(range, `${plain(all.reduce((least, value) => Math.min(least, value), Infinity))} … ${plain(all.reduce((most, value) => Math.max(most, value), -Infinity))}`);
    },
  };
}

/** The least, or the largest, number of each of so many equal parts. */
const partsOf = (values, many, choose) => Array.from({ length: many }, (_, at) => values.subarray((at * values.length) / many, ((at + 1) * values.length) / many).reduce((one, other) => choose(one, other)));

const acts = {
  clear: () => change((isExample = false, [])),
  undo: () => change((isExample = false, strokes.slice(0, -1))),
  brush() {
    brush = (brush + 1) % BRUSHES.length;
    say(byId("brush"), `Pen: ${BRUSHES[brush].word}`);
  },
  theme() {
    document.documentElement.dataset.theme = document.documentElement.dataset.theme === "dark" ? "light" : "dark";
    forgetScales();
    paper.repaint();
    change(strokes);
  },
};

document.addEventListener("click", (event) => acts[/** @type {Element} */ (event.target).closest("[data-act]")?.getAttribute("data-act")]?.());
say(byId("name"), told.name);
say(byId("told"), told.told);
Object.assign(globalThis, { pocket: { look: (pixels) => look(Uint8Array.from(pixels)).probabilities, sketch } });
change(strokes);
