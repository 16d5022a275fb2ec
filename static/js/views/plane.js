// The plane of two numbers: what the network says at every point of it, and the points that it learns from.
import { valueAt } from "../core/frame.js";
import { plain } from "../core/numbers.js";
import { signedField } from "../core/task.js";
import { say } from "../lib/dom.js";
import { currentScales, paintNumbers } from "../lib/paint.js";
import { css, place } from "../core/colour.js";

const SIZE = 560, RADIUS = 5, FAINT = 0.5; // the field is fainter than its scale, so that the points stand out

/** @typedef {{edge: number, training: number[][], validation: number[][]}} Points rows of x, y and what is right there */

/** @param {HTMLCanvasElement} canvas @param {HTMLElement} said
 * @returns {{update: (points: Points | null) => void, paint: (block: any, job: any, catalogue: any) => void, repaint: () => void}} */
export function plane(canvas, said) {
  const small = document.createElement("canvas"), context = canvas.getContext("2d"), dots = document.createElement("canvas");
  canvas.width = canvas.height = dots.width = dots.height = SIZE;
  let points = null, field = null, side = 0, block = null;
  canvas.addEventListener("pointermove", read);
  canvas.addEventListener("pointerleave", () => say(said, ""));

  function update(given) {
    if (given === points) return;
    points = given;
    drawDots();
    repaint();
  }

  function paint(given, job, catalogue) {
    block = given;
    field = given ? signedField(given, job, catalogue) : null;
    side = field ? Math.sqrt(field.length) : 0;
    if (field) paintNumbers(small, field, 0, side, side, { top: 1 });
    compose();
  }

  function compose() {
    context.clearRect(0, 0, SIZE, SIZE);
    context.imageSmoothingEnabled = true;
    context.globalAlpha = FAINT;
    if (field) context.drawImage(small, 0, 0, SIZE, SIZE);
    context.globalAlpha = 1;
    context.drawImage(dots, 0, 0);
  }

  /** Points of the validation have a ring, those of the training none. */
  function drawDots() {
    const pen = dots.getContext("2d"), style = getComputedStyle(canvas);
    pen.clearRect(0, 0, SIZE, SIZE);
    if (!points) return;
    const isClasses = points.training.every(([, , label]) => label === 0 || label === 1);
    for (const [rows, ring] of [[points.training, style.getPropertyValue("--paper")], [points.validation, style.getPropertyValue("--ink")]]) {
      for (const [x, y, label] of rows) {
        pen.beginPath();
        pen.arc(((x / points.edge + 1) / 2) * SIZE, ((1 - y / points.edge) / 2) * SIZE, RADIUS, 0, 2 * Math.PI);
        pen.fillStyle = css(currentScales().signed[place(isClasses ? 2 * label - 1 : label, 1, false)]);
        pen.fill();
        pen.strokeStyle = ring;
        pen.lineWidth = 1.5;
        pen.stroke();
      }
    }
  }

  function repaint() {
    drawDots();
    if (field) paintNumbers(small, field, 0, side, side, { top: 1 });
    compose();
  }

  function read(event) {
    if (!field || !points) return;
    const box = canvas.getBoundingClientRect(), share = (value) => Math.min(0.999, Math.max(0, value));
    const across = share((event.clientX - box.left) / box.width), down = share((event.clientY - box.top) / box.height);
    const at = Math.floor(down * side) * side + Math.floor(across * side), x = (2 * across - 1) * points.edge, y = (1 - 2 * down) * points.edge;
    say(said, `x ${plain(x, 1)}, y ${plain(y, 1)}: the network gives ${plain(valueAt(block, at), 2)}`);
  }

  return { update, paint, repaint };
}
