import assert from "node:assert/strict";
import { test } from "node:test";
import { cellSize, plan, strongest, columns } from "../../static/js/core/drawing.js";
import { STEPS, css, place, ramp } from "../../static/js/core/colour.js";

const room = { width: 478 };

test("what is drawn follows from the shape alone", () => {
  const styles = [[10], [16], [17], [128], [129], [4096], [8, 28, 28], [20, 1, 1], [1, 1, 1], [3, 1, 9], [12, 40]].map((shape) => plan(shape, room).style);
  assert.deepEqual(styles, ["bars", "bars", "squares", "squares", "barcode", "barcode", "pictures", "squares", "bars", "pictures", "sequence"]);
});

test("pictures stand in whole pixels a cell: 28 → 56, 14 → 28, 7 → 21", () => {
  assert.deepEqual([28, 14, 7, 5, 26, 40, 56].map((side) => side * cellSize(side, 1)), [56, 28, 21, 25, 52, 40, 56]);
  assert.deepEqual([28, 14, 7].map((side) => side * cellSize(side, 1.5)), [84, 42, 35]);
});

test("as many pictures as fit; where they don't, room is kept for the fold", () => {
  assert.equal(plan([8, 28, 28], room).shown, 8);
  assert.equal(plan([32, 28, 28], room).shown, 7);
  assert.equal(plan([32, 28, 28], { ...room, open: true }).shown, 32);
  assert.equal(plan([9, 28, 28], { width: 20 }).shown, 1);
  assert.equal(plan([9, 28, 28], { width: 240, lines: 2 }).shown, 7);
});

test("pictures above 56 pixels are shrunk by whole cells", () => {
  const { shrink, cell, width, height } = plan([3, 113, 60], room);
  assert.deepEqual([shrink, cell, width, height], [3, 1, 20, 38]);
});

test("a barcode has a stripe a number, then the strongest of each few, always within four lines and its width", () => {
  for (const length of [129, 479, 784, 1568, 1913, 4096, 65_537]) {
    const drawn = plan([length], room);
    assert.ok(drawn.lines <= 4 && drawn.perLine * drawn.stripe <= 478, JSON.stringify(drawn));
    assert.ok(drawn.lines * drawn.perLine * drawn.every >= length, JSON.stringify(drawn));
  }
  assert.equal(plan([784], room).every, 1);
  assert.equal(plan([4096], room).every, 3);
});

test("squares fill at most two lines of whole pixels", () => {
  for (const length of [17, 39, 40, 64, 101, 128]) {
    const { lines, perLine, cell } = plan([length], room);
    assert.ok(lines <= 2 && lines * perLine >= length && perLine * cell <= 478 && Number.isInteger(cell));
  }
});

test("the strongest keeps its sign and its place", () => {
  assert.deepEqual(Array.from(strongest(Float32Array.of(1, -3, 2, 0, 0, 0.5, -4), 3)), [-3, 0.5, -4]);
});

test("zero is always the middle of the signed scale, and no number falls off it", () => {
  assert.equal(place(0, 3.7, false), (STEPS - 1) / 2);
  assert.deepEqual([-9, 9, NaN].map((value) => place(value, 2, false)), [0, STEPS - 1, 0]);
  assert.deepEqual([0, 0.5, 1].map((value) => place(value, 1, true)), [0, 127, STEPS - 1]);
});

test("a ramp begins and ends in its own colours", () => {
  const pixels = ramp(["#a63f00", "#e6e6e1", "#0a3f8f"]);
  assert.deepEqual([css(pixels[0]), css(pixels[127]), css(pixels[254])], ["rgb(166 63 0)", "rgb(230 230 225)", "rgb(10 63 143)"]);
});

test("a sequence stands with its steps to the right, in whole pixels, and never leaves the card", () => {
  const small = plan([28, 7], room), long = plan([2000, 300], room);
  assert.deepEqual([small.cell, small.stripe, small.across, small.down], [8, 14, 1, 1]);
  assert.ok(Math.ceil(2000 / long.across) * long.stripe <= 478 && Math.ceil(300 / long.down) * long.cell <= 56);
  assert.deepEqual([...columns(Float32Array.of(1, 2, 3, 4, 5, 6), { steps: 2, features: 3, across: 1, down: 1 })], [1, 4, 2, 5, 3, 6]);
  assert.deepEqual([...columns(Float32Array.of(1, 2, 3, 4, 5, 6), { steps: 2, features: 3, across: 2, down: 2 })], [3, 4.5]);
});
