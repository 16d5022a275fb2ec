import assert from "node:assert/strict";
import { test } from "node:test";
import { beside, marksOf, nearest, stopsOf } from "../../static/js/core/timeline.js";

const KEYS = [1, 2, 5, 9, 10, 18];

test("what lies before now can be looked at, and the beginning", () => {
  assert.deepEqual(stopsOf(KEYS, 18), [0, 1, 2, 5, 9, 10]);
  assert.deepEqual(stopsOf(KEYS, 7), [0, 1, 2, 5]);
  assert.deepEqual(stopsOf([], 0), [0]);
});

test("a place on the slider means the nearest step that is kept, or now", () => {
  const stops = stopsOf(KEYS, 18);
  assert.equal(nearest(stops, 18, 7.2), 9);
  assert.equal(nearest(stops, 18, 13.9), 10);
  assert.equal(nearest(stops, 18, 14.1), null);
  assert.equal(nearest(stops, 18, -3), 0);
});

test("step by step one comes to the beginning and back to now", () => {
  const stops = stopsOf(KEYS, 18), way = [];
  for (let at = null, left = 9; left; left--) way.push((at = beside(stops, at, -1)));
  assert.deepEqual(way, [10, 9, 5, 2, 1, 0, 0, 0, 0]);
  assert.equal(beside(stops, 5, 1), 9);
  assert.equal(beside(stops, 10, 1), null);
  assert.equal(beside(stops, null, 1), null);
});

test("changes and the best epoch are marked", () => {
  const validated = [{ step: 9, epoch: 1, loss: 0.7, best: true }, { step: 18, epoch: 2, loss: 0.9, best: false }];
  assert.deepEqual(marksOf({ validated, changes: [{ step: 4, lr: 0.03 }] }), [
    { step: 4, kind: "changed", words: "learning rate 0.03" }, { step: 9, kind: "best", words: "least loss, epoch 1" },
  ]);
  assert.deepEqual(marksOf({ validated: [], changes: [] }), []);
});
