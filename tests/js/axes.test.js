import assert from "node:assert/strict";
import { test } from "node:test";
import { lossAxis, stepAxis } from "../../static/js/core/axes.js";

const run = { started: { steps: 500, epochs: 5, batches_per_epoch: 100 }, step: 120 };

test("a wide axis names every epoch, a narrow one those that have room", () => {
  assert.deepEqual(stepAxis(run, 0, 400).ticktext, ["", "epoch 1", "epoch 2", "epoch 3", "epoch 4", "epoch 5"]);
  assert.deepEqual(stepAxis(run, 0, 180).ticktext, ["", "epoch 2", "epoch 4"]);
  assert.deepEqual(stepAxis(run, 0, 20).ticktext, ["", "epoch 5"]);
});

test("before a run has started the axis is as long as what is planned", () => {
  assert.equal(stepAxis({ started: null, step: 0 }, 860, 400).range[1], 860 * 1.01);
});

test("a loss that ran away leaves room between its powers of ten", () => {
  const calm = lossAxis([2.3, 0.1], true), wild = lossAxis([2.3, 1e14], true);
  assert.ok(calm.ticktext.includes("0.3"));
  assert.ok(wild.tickvals.length <= 6 && wild.tickvals.length >= 3);
  assert.ok(wild.tickvals.every((tick) => Math.log10(tick) >= wild.range[0] - 1e-9 && Math.log10(tick) <= wild.range[1]));
  assert.ok(wild.ticktext.some((text) => text.startsWith("1e+")));
});
