// How a layer's output is drawn, one view for each style of plan: bars, squares, barcode, sequence, pictures.
// Each has: paint(block), read(event) → number under the pointer, select(channel); none rebuilds its elements.
import { numbers, valueAt } from "../core/frame.js";
import { columns, strongest } from "../core/drawing.js";
import { count, plain, short, shortest } from "../core/numbers.js";
import { el, mark, say } from "../lib/dom.js";
import { paintBytes, paintNumbers, signedCss } from "../lib/paint.js";

/** @typedef {import("../core/frame.js").Block} Block */
/** @typedef {{words: string, value: number, isExact: boolean}} Reading */
/** @typedef {{paint: (block: Block) => void, read: (event: PointerEvent) => Reading | null, select: (channel: number | null) => void}} Drawing */

/** @param {HTMLElement} root @param {any} plan @param {{name: string, isAmount: boolean, choose: (channel: number) => void}} layer
 * @returns {Drawing} */
export function drawing(root, plan, layer) {
  root.replaceChildren();
  return { bars, squares, barcode, sequence, pictures }[plan.style](root, plan, layer);
}

function bars(root, plan, layer) {
  const cells = Array.from({ length: plan.length }, (_, at) => {
    const bar = el("i"), number = el("span", { class: "value-number" });
    const button = el("button", { class: "value", tabindex: at ? -1 : 0, onclick: () => layer.choose(at) },
      el("span", { class: "value-bar" }, bar), number, el("b", {}, String(at)));
    return { button, bar, number };
  });
  root.append(...cells.map((cell) => cell.button));
  let last = null;

  function paint(block) {
    const values = (last = numbers(block)), top = block.top || 1, highest = values.reduce((best, value, at) => (value > values[best] ? at : best), 0);
    cells.forEach(({ button, bar, number }, at) => {
      const value = values[at], share = Math.min(1, Math.abs(value) / top) || 0;
      bar.style.transform = `scaleY(${value < 0 ? -share : share})`;
      bar.style.backgroundColor = signedCss(value < 0 ? -0.6 : 0.6);
      say(number, !Number.isFinite(value) ? "NaN" : plan.length > 10 ? shortest(value) : short(value));
      mark(button, { title: `${layer.name} · ${at}: ${plain(value, 4)}` });
      button.classList.toggle("is-best", at === highest);
    });
  }

  return {
    paint,
    read(event) {
      const at = cells.findIndex((cell) => cell.button.contains(/** @type {Node} */ (event.target)));
      return at < 0 || !last ? null : { words: `number ${at}`, value: last[at], isExact: true };
    },
    select: (channel) => cells.forEach((cell, at) => cell.button.classList.toggle("is-selected", at === channel)),
  };
}

function squares(root, plan, layer) {
  const canvas = el("canvas", { class: "squares", role: "img", tabindex: 0, "aria-label": `${plan.length} numbers of ${layer.name}` });
  root.append(canvas);
  canvas.style.inlineSize = `${plan.perLine * plan.cell}px`;
  canvas.style.blockSize = `${plan.lines * Math.max(plan.cell, 10)}px`;
  return stripes(canvas, plan.perLine, plan.lines, 1, plan.length);
}

function barcode(root, plan, layer) {
  const canvas = el("canvas", { class: "barcode", role: "img", tabindex: 0, "aria-label": `${plan.length} numbers of ${layer.name}` });
  canvas.style.inlineSize = `${plan.perLine * plan.stripe}px`;
  root.append(canvas);
  if (plan.every > 1) root.append(el("span", { class: "note", title: `The strongest of each ${plan.every} numbers is drawn` }, `1 of ${plan.every}`));
  return stripes(canvas, plan.perLine, plan.lines, plan.every, plan.length);
}

function stripes(canvas, perLine, lines, every, length) {
  let last = null;
  return {
    paint(block) {
      last = block;
      paintNumbers(canvas, strongest(numbers(block), every), 0, perLine, lines, { top: block.top || 1 });
    },
    read(event) {
      if (!last) return null;
      const box = canvas.getBoundingClientRect();
      const line = inside((event.clientY - box.top) / box.height, lines), column = inside((event.clientX - box.left) / box.width, perLine);
      const at = (line * perLine + column) * every;
      if (at >= length || at >= last.values.length) return null;
      const shown = strongest(numbers(last).subarray(at, at + every), every)[0];
      return { words: every > 1 ? `strongest of ${count(at)}–${count(at + every - 1)}` : `number ${count(at)}`, value: shown, isExact: last.encoding === "float32" };
    },
    select() {},
  };
}

function sequence(root, plan, layer) {
  const canvas = el("canvas", { class: "sequence", role: "img", tabindex: 0, "aria-label": `${layer.name}: ${plan.steps} steps of ${plan.features} numbers` });
  const width = Math.ceil(plan.steps / plan.across), height = Math.ceil(plan.features / plan.down);
  canvas.style.inlineSize = `${width * plan.stripe}px`;
  canvas.style.blockSize = `${height * plan.cell}px`;
  root.append(canvas);
  let last = null;
  return {
    paint(block) {
      last = block;
      paintNumbers(canvas, columns(numbers(block), plan), 0, width, height, { top: block.top || 1, isAmount: layer.isAmount });
    },
    read(event) {
      if (!last) return null;
      const box = canvas.getBoundingClientRect();
      const step = inside((event.clientX - box.left) / box.width, plan.steps), feature = inside((event.clientY - box.top) / box.height, plan.features);
      return { words: `at ${step}, number ${feature}`, value: valueAt(last, step * plan.features + feature), isExact: last.encoding === "float32" };
    },
    select() {},
  };
}

const inside = (share, size) => Math.max(0, Math.min(size - 1, Math.floor(share * size)));

function pictures(root, plan, layer) {
  const edge = [plan.width * plan.cell, plan.height * plan.cell];
  const maps = Array.from({ length: plan.shown }, (_, at) => {
    const canvas = el("canvas");
    canvas.style.inlineSize = `${edge[0]}px`;
    canvas.style.blockSize = `${edge[1]}px`;
    const name = plan.length > 1 ? `${layer.name} · channel ${at}` : layer.name;
    return { canvas, button: el("button", { class: "map", tabindex: at ? -1 : 0, title: name, "aria-label": name, onclick: () => layer.choose(at) }, canvas) };
  });
  root.append(...maps.map((map) => map.button));
  const places = new Map(maps.map((map, at) => [map.button, at]));
  let last = null;

  function paint(block) {
    last = block;
    const [height, width] = sides(block), size = width * height;
    maps.forEach(({ canvas, button }, at) => {
      const index = at - block.first;
      if (index < 0 || index >= block.count) return;
      const low = block.low[index] ?? 0, high = block.high[index] ?? 0;
      button.classList.toggle("is-zero", !layer.isAmount && low === 0 && high === 0);
      const scale = { low, high, top: block.top || 1, isAmount: layer.isAmount };
      if (plan.shrink > 1) paintNumbers(canvas, areaMean(block, index, width, height, plan), 0, plan.width, plan.height, scale);
      else if (block.encoding === "float32") paintNumbers(canvas, /** @type {Float32Array} */ (block.values), index * size, width, height, scale);
      else paintBytes(canvas, /** @type {Uint8Array} */ (block.values), index * size, width, height, scale);
    });
  }

  return {
    paint,
    read(event) {
      const button = /** @type {Element} */ (event.target).closest(".map"), at = places.get(/** @type {any} */ (button));
      if (at === undefined || !last || at < last.first || at >= last.first + last.count) return null;
      const box = button.firstElementChild.getBoundingClientRect(), [height, width] = sides(last);
      const row = inside((event.clientY - box.top) / box.height, height), column = inside((event.clientX - box.left) / box.width, width);
      const value = valueAt(last, ((at - last.first) * height + row) * width + column);
      return { words: `row ${row}, column ${column}`, value, isExact: last.encoding === "float32" || layer.isAmount };
    },
    select: (channel) => maps.forEach((map, at) => map.button.classList.toggle("is-selected", at === channel)),
  };
}

/** Height and width of one picture of a block. */
const sides = (block) => (block.shape.length === 3 ? block.shape.slice(1) : block.shape.slice(0, 2));

function areaMean(block, index, width, height, plan) {
  const means = new Float32Array(plan.width * plan.height), many = new Float32Array(means.length);
  for (let row = 0; row < height; row++) {
    for (let column = 0; column < width; column++) {
      const to = Math.floor(row / plan.shrink) * plan.width + Math.floor(column / plan.shrink);
      means[to] += valueAt(block, (index * height + row) * width + column);
      many[to] += 1;
    }
  }
  return means.map((sum, at) => sum / many[at]);
}
