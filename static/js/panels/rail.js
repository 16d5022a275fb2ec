// The left rail: pad, what the network sees, its answer, pinned digits, samples.
import { answersOf } from "../core/classes.js";
import { probeOf } from "../core/frame.js";
import { BRUSHES } from "../core/strokes.js";
import { mark, say } from "../lib/dom.js";
import { answer } from "../views/answer.js";
import { pad } from "../views/pad.js";
import { sees } from "../views/sees.js";
import { thumbs } from "../views/thumbs.js";

/** @param {Object<string, any>} roots by name of view @param {any} does the page's acts */
export function railPanel(roots, does) {
  const canvas = pad(roots.pad, does.pen), strip = sees(roots.sees, roots.pad), says = answer(roots.answer, does.selectAnswer);
  const pins = thumbs(roots.pins, { choose: does.watch, drop: does.unpin }), samples = thumbs(roots.samples, { choose: does.watch });
  let answered = new Map(), names = [];
  listenForPictures(roots, does.openPicture);

  function update(state) {
    canvas.update(state.strokes, state.picture?.bytes ?? null);
    mark(roots.padHint, { hidden: state.strokes.length > 0 || Boolean(state.picture) });
    pins.update(state.pins, state.watched);
    names = answersOf(state);
    pins.paint(answered, names);
    samples.update(state.samples, state.watched);
    says.select(state.selection.layer === lastLayer(state) ? state.selection.channel : null);
    const brush = BRUSHES.find((one) => one.width === state.brush);
    mark(roots.brush, { title: `Brush: ${brush.word}  B`, "aria-label": `Brush: ${brush.word}`, "data-brush": brush.word });
    say(roots.samplesTitle, state.samplesFrom ? `From ${state.samplesFrom}` : "Samples");
  }

  function paint(frame, state) {
    const probe = probeOf(frame, state.watched);
    if (probe) {
      says.paint(probe, names);
      const { picture } = state;
      strip.paint(probe, { isPad: state.watched === "pad", bitmap: picture?.bitmap ?? null, box: picture?.box ?? null, fitted: picture?.fitted ?? null });
    }
    for (const one of frame.probes) {
      if (one.digit == null || !one.probabilities) answered.delete(one.id);
      else answered.set(one.id, { digit: one.digit, sure: one.probabilities[one.digit] });
    }
    pins.paint(answered, names);
  }

  function repaint() {
    canvas.repaint();
    strip.repaint();
    pins.repaint();
    samples.repaint();
  }

  return { update, paint, repaint };
}

const lastLayer = ({ checked }) => checked?.network.layers[checked.network.layers.length - 1]?.name ?? null;

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
