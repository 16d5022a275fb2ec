// The four pictures on the way to the network: drawn, cropped, fitted into 20 × 20, centred in 28 × 28.
import { layerOf } from "../core/frame.js";
import { SIZE } from "../core/strokes.js";
import { fit, paintBytes } from "../lib/paint.js";

const SIDE = 112;
const BETWEEN = "#8a8d92"; // black and white ink
const BYTES = { low: 0, high: 1, top: 1, isAmount: true };

/** @param {HTMLElement} root @param {HTMLCanvasElement} pad
 * @returns {{paint: (probe: import("../core/frame.js").Probe, source: {isPad: boolean, bitmap: ImageBitmap | null, box: number[] | null,
 *   fitted: Uint8Array | null}) => void, repaint: () => void}} */
export function sees(root, pad) {
  const [drawn, cropped, fitted, centred] = root.querySelectorAll("canvas");
  fit(drawn, SIDE, SIDE);
  fit(cropped, SIDE, SIDE);
  const blank = new Uint8Array(784);
  let last = null;

  function paint(probe, source) {
    last = [probe, source];
    const input = layerOf(probe, "input"), small = probe.pictures.find((picture) => picture.name === "fitted");
    if (input) paintBytes(centred, /** @type {Uint8Array} */ (input.values), 0, input.shape[2], input.shape[1], BYTES);
    const box = probe.box ?? source.box, fittedBytes = small?.values ?? source.fitted;
    root.classList.toggle("is-direct", !source.isPad);
    paintBytes(fitted, inTheMiddle(source.isPad ? fittedBytes : null), 0, 28, 28, BYTES);
    paintDrawn(source.isPad ? source.bitmap ?? pad : null, box);
  }

  function paintDrawn(image, box) {
    for (const canvas of [drawn, cropped]) canvas.getContext("2d").clearRect(0, 0, SIDE, SIDE);
    if (!image) return;
    const [left, top, wide, tall] = contained(image.width, image.height);
    if (image !== pad) layPaper(drawn, [left, top, wide, tall]);
    drawn.getContext("2d").drawImage(image, left, top, wide, tall);
    if (!box) return;
    const scale = image === pad ? pad.width / SIZE : 1, [x, y, width, height] = box.map((value) => value * scale);
    const side = Math.max(width, height), grow = SIDE / side;
    const to = [(SIDE - width * grow) / 2, (SIDE - height * grow) / 2, width * grow, height * grow];
    if (image !== pad) layPaper(cropped, to);
    cropped.getContext("2d").drawImage(image, x, y, width, height, to[0], to[1], to[2], to[3]);
  }

  function inTheMiddle(bytes) {
    blank.fill(0);
    if (bytes) for (let row = 0; row < 20; row++) blank.set(bytes.subarray(row * 20, row * 20 + 20), (row + 4) * 28 + 4);
    return blank;
  }

  return { paint, repaint: () => last && paint(...last) };
}

/** Below a picture that may be see-through: black ink would vanish in the dark theme, white ink in the light one.
 * @param {HTMLCanvasElement} canvas @param {number[]} place left, top, width, height */
function layPaper(canvas, [left, top, wide, tall]) {
  const context = canvas.getContext("2d");
  context.fillStyle = BETWEEN;
  context.fillRect(left, top, wide, tall);
}

function contained(width, height) {
  const scale = SIDE / Math.max(width, height);
  return [(SIDE - width * scale) / 2, (SIDE - height * scale) / 2, width * scale, height * scale];
}
