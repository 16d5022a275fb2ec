// The pad: paints ink and tells pen points, nothing else. The picture is made from the points by the server.
import { SIZE } from "../core/strokes.js";

const SCALE = 2;

/** @param {HTMLCanvasElement} canvas
 * @param {{begin: (point: number[]) => void, extend: (points: number[][]) => void, end: () => void}} tells
 * @returns {{update: (strokes: import("../core/strokes.js").Stroke[], picture?: Uint8Array | null) => void, repaint: () => void}} */
export function pad(canvas, tells) {
  canvas.width = canvas.height = SIZE * SCALE;
  const context = canvas.getContext("2d");
  let pen = null, drawn = null, shown = null;

  canvas.addEventListener("pointerdown", (event) => {
    if (pen !== null || event.button > 0) return;
    leaveField();
    pen = event.pointerId;
    canvas.setPointerCapture(pen);
    tells.begin(pointOf(event));
  });
  canvas.addEventListener("pointermove", (event) => {
    if (event.pointerId !== pen) return;
    const parts = event.getCoalescedEvents?.() ?? [];
    tells.extend((parts.length ? parts : [event]).map(pointOf));
  });
  for (const name of ["pointerup", "pointercancel", "lostpointercapture"]) canvas.addEventListener(name, release);
  for (const name of ["touchstart", "touchmove"]) canvas.addEventListener(name, (event) => event.preventDefault(), { passive: false });

  function release(event) {
    if (event.pointerId !== pen) return;
    pen = null;
    tells.end();
  }

  function pointOf(event) {
    const box = canvas.getBoundingClientRect();
    const point = [((event.clientX - box.left) / box.width) * SIZE, ((event.clientY - box.top) / box.height) * SIZE];
    return event.pointerType === "pen" && event.pressure > 0 ? [...point, event.pressure] : point;
  }

  function update(strokes, picture = null) {
    if (strokes === drawn && picture === shown) return;
    drawn = strokes;
    shown = picture;
    repaint();
  }

  function repaint() {
    context.setTransform(1, 0, 0, 1, 0, 0);
    context.clearRect(0, 0, canvas.width, canvas.height);
    const ink = getComputedStyle(canvas).color;
    if (shown) return paintPicture(context, shown, ink);
    context.scale(SCALE, SCALE);
    for (const stroke of drawn ?? []) trace(context, stroke, ink);
  }

  return { update, repaint };
}

/** Whoever draws has done typing: letters are shortcuts again, and a phone's keyboard goes. */
function leaveField() {
  if (document.activeElement instanceof HTMLElement) document.activeElement.blur();
}

/** @param {CanvasRenderingContext2D} context @param {import("../core/strokes.js").Stroke} stroke @param {string} ink */
export function trace(context, { brush, points }, ink) {
  context.lineCap = context.lineJoin = "round";
  context.strokeStyle = context.fillStyle = ink;
  if (points.length === 1 || points.some((point) => point.length > 2)) return traceWithPressure(context, brush, points);
  context.lineWidth = brush;
  context.beginPath();
  context.moveTo(points[0][0], points[0][1]);
  for (let at = 1; at < points.length - 1; at++) {
    const [x, y] = points[at], [nextX, nextY] = points[at + 1];
    context.quadraticCurveTo(x, y, (x + nextX) / 2, (y + nextY) / 2);
  }
  const [x, y] = points[points.length - 1];
  context.lineTo(x, y);
  context.stroke();
}

/** Width of the ink: a light pen half the brush, a firm one half as much again. */
const widthAt = (brush, point) => (point.length > 2 ? brush * (0.5 + point[2]) : brush);

function traceWithPressure(context, brush, points) {
  points.forEach((point, at) => {
    const before = points[Math.max(0, at - 1)];
    context.lineWidth = (widthAt(brush, point) + widthAt(brush, before)) / 2;
    context.beginPath();
    context.moveTo(before[0], before[1]);
    context.lineTo(point[0], point[1] + (before === point ? 0.01 : 0));
    context.stroke();
  });
}

/** A picture that was opened, as the network sees it: 28 × 28 cells of ink. */
function paintPicture(context, picture, ink) {
  const cell = (SIZE * SCALE) / 28;
  context.fillStyle = ink;
  picture.forEach((value, at) => {
    if (!value) return;
    context.globalAlpha = value / 255;
    context.fillRect((at % 28) * cell, Math.floor(at / 28) * cell, cell, cell);
  });
  context.globalAlpha = 1;
}
