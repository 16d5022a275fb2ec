// The very batches that a training receives: pictures with what it takes to be right, one batch at a time.
import { count } from "../core/numbers.js";
import { el, mark, say } from "../lib/dom.js";
import { paintNumbers } from "../lib/paint.js";
import { form } from "./form.js";

/** @typedef {{batches: number, images: number, shape: number[], labels: number[], pictures: string[]}} Dealt pictures as float32 in base64 */

/** @param {{see: (wish: {epoch?: number, batch?: number, isOpen?: boolean}) => void}} does
 * @returns {{root: HTMLElement, update: (batch: any, nameOf: (label: number) => string) => void, repaint: () => void}} */
export function batchView(does) {
  const fields = el("div", { class: "fields batch-which" }), grid = el("div", { class: "batch-grid" }), words = el("p", { class: "help" }), wrong = el("p", { class: "field-problem", role: "alert", hidden: true });
  const whole = { type: "integer", minimum: 1, nullable: false, choices: null };
  const controls = form(fields, [{ ...whole, name: "epoch", label: "Epoch", maximum: 1000 }, { ...whole, name: "batch", label: "Batch", maximum: 10_000_000 }], (name, value) => does.see({ [name]: value }));
  const root = el("details", { class: "more batches", ontoggle: () => does.see({ isOpen: root.open }) }, el("summary", {}, "The batches that it will receive"), fields, wrong, grid, words);
  let drawn = null, naming = (/** @type {number} */ label) => String(label);

  function draw(told) {
    drawn = told;
    const [, height, width] = told.shape, numbers = told.pictures.map(numbersOf), [low, high] = rangeOf(numbers);
    grid.replaceChildren(...numbers.map((picture, at) => {
      const canvas = el("canvas", { width, height });
      paintNumbers(canvas, picture.map((value) => (value - low) / (high - low)), 0, width, height, { top: 1, isAmount: true });
      return el("figure", {}, canvas, el("figcaption", { title: naming(told.labels[at]) }, naming(told.labels[at])));
    }));
    const more = told.images > told.pictures.length ? `The first ${told.pictures.length} of ${count(told.images)} pictures` : `${count(told.images)} pictures`;
    say(words, `${more}; an epoch has ${count(told.batches)} batches.${low < 0 ? ` Numbers go from ${low.toFixed(2)} to ${high.toFixed(2)}.` : ""}`);
  }

  return {
    root,
    update({ epoch, batch, told, problem }, nameOf) {
      controls.update({ epoch, batch });
      mark(wrong, { hidden: !problem });
      say(wrong, problem?.message ?? "");
      root.classList.toggle("is-old", Boolean(problem));
      const isRenamed = nameOf(0) !== naming(0);
      naming = nameOf;
      if (told && (told !== drawn || isRenamed)) draw(told);
    },
    repaint: () => drawn && draw(drawn),
  };
}

/** @param {string} text float32 numbers, little endian, in base64 */
function numbersOf(text) {
  return new Float32Array(Uint8Array.from(atob(text), (letter) => letter.charCodeAt(0)).buffer);
}

/** From paper to ink: 0 to 1, or further where pixels were moved. @param {Float32Array[]} pictures @returns {[number, number]} */
function rangeOf(pictures) {
  let low = 0, high = 1;
  for (const picture of pictures) for (const value of picture) [low, high] = [Math.min(low, value), Math.max(high, value)];
  return [low, high];
}
