import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { best, empty, fold, hasGap, recent, thin } from "../../static/js/core/transcript.js";

const started = { seq: 1, kind: "started", epochs: 3, steps: 21, batches_per_epoch: 7, lr: 0.01 };
const curves = (seq, first, loss) => ({ seq, kind: "curves", first, loss, accuracy: loss.map((value) => 1 - value / 10), epoch: 1, lr: 0.01,
  images_per_second: 123.4, seconds: 0.7, seconds_left: 2.2 });
const validated = (seq, step, loss, isBest) => ({ seq, kind: "validated", epoch: step / 7, step, loss, accuracy: 0.5, best: isBest });

test("replaying at once, in pieces and with overlaps gives the same transcript", () => {
  const events = [started, curves(2, 1, [3, 2.5, 2]), curves(3, 4, [1.5]), validated(4, 7, 1.1, true), { seq: 5, kind: "finished", step: 4, seconds: 9 }];
  const whole = fold(empty(), events);
  const pieces = [[started], events.slice(0, 3), events.slice(2, 4), events].reduce(fold, empty());
  assert.deepEqual(pieces, whole);
  assert.deepEqual(whole.loss, [3, 2.5, 2, 1.5]);
  assert.equal(whole.step, 4);
  assert.equal(whole.ended.kind, "finished");
  assert.equal(whole.seconds, 9);
});

test("folding leaves the old transcript as it was", () => {
  const before = fold(empty(), [started, curves(2, 1, [3])]);
  fold(before, [curves(3, 2, [2])]);
  assert.deepEqual(before.loss, [3]);
  assert.equal(fold(before, [started]), before);
});

test("after a resumed run, points told again replace the old ones", () => {
  const run = fold(empty(), [started, curves(2, 1, [9, 8, 7, 6, 5, 4, 3]), validated(3, 7, 2, true), curves(4, 8, [2, 1])]);
  const resumed = fold(run, [{ seq: 5, kind: "resumed", step: 5, reason: "worker_lost" }]);
  assert.deepEqual(resumed.loss, [9, 8, 7, 6, 5]);
  assert.deepEqual(resumed.validated, []);
  const again = fold(resumed, [curves(6, 6, [40, 30]), validated(7, 7, 1.7, true)]);
  assert.deepEqual(again.loss, [9, 8, 7, 6, 5, 40, 30]);
  assert.equal(again.validated.length, 1);
});

test("a resumed run is no longer at its end, and a test can be told afterwards", () => {
  const ended = fold(empty(), [started, { seq: 2, kind: "stopped", step: 0, seconds: 1 }, { seq: 3, kind: "tested", accuracy: 0.75, correct: 3, images: 4 }]);
  assert.equal(ended.tested[0].correct, 3);
  assert.equal(fold(ended, [{ seq: 4, kind: "resumed", step: 0, reason: "asked" }]).ended, null);
});

test("unknown kinds only count", () => {
  assert.equal(fold(empty(), [{ seq: 1, kind: "keyframe" }]).seq, 1);
});

test("what a newer playground told is not misread, and a sentence says so", () => {
  const newer = { seq: 3, kind: "resumed", step: 3, reason: "asked", format: 2 };
  const run = fold(empty(), [{ ...started, format: 1 }, curves(2, 1, [3, 2.5, 2]), newer, curves(4, 2, [9])]);
  assert.match(run.unread, /format 2.*reads format 1.*newer playground/);
  assert.deepEqual(run.loss, [3, 2.5, 2]);
  assert.equal(run.seq, 4, "it still counts, so that nothing is asked for again and again");
  assert.equal(fold(empty(), [{ ...started, format: 2 }]).started, null);
  assert.equal(fold(empty(), [started, { seq: 2, kind: "resumed", step: 0 }]).unread, null, "older ones say none");
});

test("a gap is seen, an overlap is none", () => {
  const run = fold(empty(), [started]);
  assert.ok(hasGap(run, [curves(3, 1, [1])]));
  assert.ok(!hasGap(run, [started, curves(2, 1, [1])]));
  assert.ok(!hasGap(run, []));
});

test("the best epoch has the lowest loss, whatever was said of it at the time", () => {
  const run = fold(empty(), [validated(1, 7, 0.9, true), validated(2, 14, 0.4, true), validated(3, 21, null, false)]);
  assert.equal(best(run).step, 14);
  assert.equal(best(empty()), null);
});

test("thinning keeps every spike, first and last step and nothing twice", () => {
  const values = Array.from({ length: 10_007 }, (_, at) => (at === 4_321 ? 99 : at === 7_654 ? -99 : Math.sin(at)));
  const { x, y } = thin(values, 1, values.length, 300);
  assert.ok(x.length <= 620);
  assert.ok(y.includes(99) && y.includes(-99));
  assert.deepEqual(x, [...new Set(x)].sort((one, other) => one - other));
});

test("thinning a short or an empty run gives what there is", () => {
  assert.deepEqual(thin([5, 4, 3], 1, 3, 100), { x: [1, 2, 3], y: [5, 4, 3] });
  assert.deepEqual(thin([], 1, 0, 100), { x: [], y: [] });
  assert.deepEqual(thin([5, 4, 3, 2], 2, 3, 50).x, [2, 3]);
});

test("thinning does not bridge what is no number", () => {
  const { y } = thin([1, 2, null, 4, 5, 6, 7, 8, 9], 1, 9, 2);
  assert.ok(y.includes(null));
});

test("the recent mean leaves out what is no number", () => {
  assert.equal(recent([1, null, 3], 3), 2);
  assert.equal(recent([1, 2, 30], 2, 1), 2);
  assert.equal(recent([], 0), null);
});

test("the golden transcript folds to one curve without a hole or a double", () => {
  const lines = readFileSync(new URL("../golden/transcript.jsonl", import.meta.url), "utf8").trim().split("\n").map((line) => JSON.parse(line));
  const run = fold(empty(), lines);
  assert.deepEqual(run.loss, [2.5, 2.25, 2, 1.5, 1.25, 1, 0.75, 0.5, 0.5, 0.25]);
  assert.equal(run.measure.length, run.step);
  assert.deepEqual([run.step, run.ended.kind, run.tested[0].correct, run.lr], [10, "finished", 44, 0.005]);
  assert.deepEqual(run.changes, [{ step: 3, lr: 0.005 }]);
  assert.deepEqual(lines.reduce((before, event) => fold(before, [event]), empty()), run);
});
