// One legend: the scale of the layer in hand and, under the pointer, its exact number.
import { plain, signed } from "../core/numbers.js";
import { mark, say } from "../lib/dom.js";
import { paintScale } from "../lib/paint.js";

/** @param {HTMLElement} root
 * @returns {{show: (scale: {name: string, top: number | null, isAmount: boolean}, reading?: import("./drawings.js").Reading | null) => void,
 *   repaint: () => void}} */
export function legend(root) {
  const part = (name) => /** @type {HTMLElement} */ (root.querySelector(name));
  const name = part(".legend-name"), low = part(".legend-low"), high = part(".legend-high"), at = part(".legend-bar i");
  const canvas = /** @type {HTMLCanvasElement} */ (part("canvas"));
  let painted = null;

  function show(scale, reading = null) {
    if (painted !== scale.isAmount) paintScale(canvas, (painted = scale.isAmount));
    const top = scale.isAmount ? 1 : scale.top;
    say(name, reading ? `${reading.words}: ${reading.isExact ? "" : "≈ "}${scale.isAmount ? plain(reading.value) : signed(reading.value, 3)}` : scale.name);
    say(low, reading ? "" : scale.isAmount ? "0" : top == null ? "" : plain(-top));
    say(high, reading ? "" : scale.isAmount ? "1" : top == null ? "" : plain(top));
    mark(root, { title: `Each layer is scaled to its own largest value; this is the scale of ${scale.name}` });
    mark(at, { hidden: !reading });
    if (reading) at.style.insetInlineStart = `${Math.max(0, Math.min(1, scale.isAmount ? reading.value : 0.5 + reading.value / (top || 1) / 2)) * 100}%`;
  }

  return {
    show,
    repaint() {
      painted = null;
    },
  };
}
