import assert from "node:assert/strict";
import { test } from "node:test";
import { stepAxis } from "../../static/js/core/axes.js";

const run = { started: { steps: 500, epochs: 5, batches_per_epoch: 100 }, step: 120 };

test("a wide axis names every epoch, a narrow one those that have room", () => {
  assert.deepEqual(stepAxis(run, 0, 400).ticktext, ["", "epoch 1", "epoch 2", "epoch 3", "epoch 4", "epoch 5"]);
  assert.deepEqual(stepAxis(run, 0, 180).ticktext, ["", "epoch 2", "epoch 4"]);
  assert.deepEqual(stepAxis(run, 0, 20).ticktext, ["", "epoch 5"]);
});

test("before a run has started the axis is as long as what is planned", () => {
  assert.equal(stepAxis({ started: null, step: 0 }, 860, 400).range[1], 860 * 1.01);
});
