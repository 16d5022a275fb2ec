// The left rail: pad, what the network sees, its answer, pinned digits, samples.
import { answersOf, nameOf } from "../core/classes.js";
import { layerOf, probeOf } from "../core/frame.js";
import { taskOf } from "../core/measure.js";
import { percent, short } from "../core/numbers.js";
import { BRUSHES } from "../core/strokes.js";
import { FIELD, answerOf, isPlane, jobShown, lastLayer } from "../core/task.js";
import { mark, say } from "../lib/dom.js";
import { answer } from "../views/answer.js";
import { otherAnswer } from "../views/told.js";
import { pad } from "../views/pad.js";
import { plane } from "../views/plane.js";
import { sees } from "../views/sees.js";
import { thumbs } from "../views/thumbs.js";

/** @param {Object<string, any>} roots by name of view @param {any} does the page's acts */
export function railPanel(roots, does) {
  const canvas = pad(roots.pad, does.pen), strip = sees(roots.sees, roots.pad), says = answer(roots.answer, does.selectAnswer);
  const field = plane(roots.plane, roots.planeSaid), told = otherAnswer(roots.told);
  const pins = thumbs(roots.pins, { choose: does.watch, drop: does.unpin }), samples = thumbs(roots.samples, { choose: does.watch });
  let answered = new Map(), names = [];
  listenForPictures(roots, does.openPicture);

  function update(state) {
    const onPlane = isPlane(state.history.present);
    mark(document.documentElement, { "data-asks": onPlane ? "plane" : taskOf(jobShown(state), state.catalogue).family });
    field.update(state.points);
    canvas.update(state.strokes, state.picture?.bytes ?? null);
    mark(roots.padHint, { hidden: state.strokes.length > 0 || Boolean(state.picture) });
    pins.update(state.pins, state.watched);
    names = answersOf(state);
    pins.paint(answered);
    samples.update(state.samples, state.watched);
    says.select(state.selection.layer === lastLayer(state.checked) ? state.selection.channel : null);
    const brush = BRUSHES.find((one) => one.width === state.brush);
    mark(roots.brush, { title: `Brush: ${brush.word}  B`, "aria-label": `Brush: ${brush.word}`, "data-brush": brush.word });
    say(roots.samplesTitle, state.samplesFrom ? `From ${state.samplesFrom}` : "Samples");
  }

  function paint(frame, state) {
    const job = jobShown(state), last = lastLayer(state.checked);
    if (isPlane(state.history.present)) return field.paint(layerOf(probeOf(frame, FIELD), last), job, state.catalogue);
    const probe = probeOf(frame, state.watched);
    if (probe) {
      says.paint(probe, names);
      told.paint(probe, answerOf(probe, job, state.catalogue, last));
      const { picture } = state;
      strip.paint(probe, { isPad: state.watched === "pad", bitmap: picture?.bitmap ?? null, box: picture?.box ?? null, fitted: picture?.fitted ?? null });
    }
    for (const one of frame.probes) {
      const verdict = verdictOf(one, answerOf(one, job, state.catalogue, last), names);
      if (verdict) answered.set(one.id, verdict);
      else answered.delete(one.id);
    }
    pins.paint(answered);
    return undefined;
  }

  function repaint() {
    canvas.repaint();
    field.repaint();
    strip.repaint();
    pins.repaint();
    samples.repaint();
  }

  return { update, paint, repaint };
}

/** What stands at a pinned digit. @returns {import("../views/thumbs.js").Verdict | null} */
function verdictOf(probe, answer, names) {
  if (!answer) return null;
  if (answer.form === "classes") return probe.digit == null || !probe.probabilities ? null : { word: nameOf(names, probe.digit), digit: probe.digit, words: `the network says ${nameOf(names, probe.digit)} (${percent(probe.probabilities[probe.digit])})` };
  if (answer.form === "two") return { word: answer.yes ? "yes" : "no", digit: null, words: `the network says ${answer.yes ? "yes" : "no"}${answer.chance == null ? "" : ` (${percent(answer.yes ? answer.chance : 1 - answer.chance)})`}` };
  return answer.form === "number" ? { word: short(answer.value), digit: null, words: `the network says ${answer.words}` } : null;
}

/** Pictures may be dropped on the pad, pasted anywhere, or chosen as a file. */
function listenForPictures(roots, open) {
  const box = roots.padBox;
  for (const name of ["dragenter", "dragover"]) {
    box.addEventListener(name, (event) => {
      event.preventDefault();
      box.classList.add("is-target");
    });
  }
  box.addEventListener("dragleave", () => box.classList.remove("is-target"));
  box.addEventListener("drop", (event) => {
    event.preventDefault();
    box.classList.remove("is-target");
    if (event.dataTransfer.files[0]) open(event.dataTransfer.files[0]);
  });
  addEventListener("paste", (event) => {
    const file = [...(event.clipboardData?.files ?? [])].find((one) => one.type.startsWith("image/"));
    if (file) open(file);
  });
  roots.file.addEventListener("change", () => {
    if (roots.file.files[0]) open(roots.file.files[0]);
    roots.file.value = "";
  });
}
