import assert from "node:assert/strict";
import { test } from "node:test";
import { curveOf, foldSearch, isSearching, isStale, saidOf, unsearched } from "../../static/js/core/finder.js";

const searching = (seq, more = {}) => ({ seq, kind: "searching", format: 1, first: 1e-6, last: 10, steps: 100, ...more });
const tried = (seq, first, lr, loss) => ({ seq, kind: "tried", first, lr, loss });
const suggested = (seq, lr, smoothed) => ({ seq, kind: "suggested", lr, reason: "Because.", smoothed });
const whole = [searching(1), tried(2, 1, [1e-6, 1e-3], [2.5, 2]), tried(3, 3, [0.1, 10], [1, null]), suggested(4, 0.1, [2.5, 2, 1, null])];
const finder = (more = {}) => ({ run: { status: "running" }, search: unsearched(), asked: { network: {}, job: {} }, asking: false, problem: null, link: "live", workers: true, ...more });

test("a search told at once, in pieces and twice is the same", () => {
  const once = foldSearch(unsearched(), whole);
  const pieces = [whole.slice(0, 2), whole.slice(1, 3), whole.slice(2)].reduce(foldSearch, unsearched());
  assert.deepEqual(pieces, once);
  assert.deepEqual([once.seq, once.lr, once.loss, once.ended.lr], [4, [1e-6, 1e-3, 0.1, 10], [2.5, 2, 1, null], 0.1]);
});

test("a search that begins anew forgets what it had seen", () => {
  const again = foldSearch(foldSearch(unsearched(), whole), [searching(5), tried(6, 1, [1e-6], [7])]);
  assert.deepEqual([again.lr, again.loss, again.ended], [[1e-6], [7], null]);
});

test("of a newer format nothing is read", () => {
  const search = foldSearch(unsearched(), [searching(1, { format: 2 }), tried(2, 1, [1], [1])]);
  assert.deepEqual([search.lr, search.seq], [[], 2]);
  assert.match(saidOf(finder({ search }), false), /format 2/);
});

test("the curve has the rates on a logarithmic axis and marks what is suggested", () => {
  const curve = curveOf(foldSearch(unsearched(), whole));
  assert.deepEqual(curve.raw.map(([x]) => Number(x.toFixed(3))), [0, 0.429, 0.714]);
  assert.ok(curve.raw[0][1] < curve.raw[1][1] && curve.raw[1][1] < curve.raw[2][1] && curve.raw[2][1] < 1);
  assert.deepEqual([curve.found.text, curve.found.isLeft, Number(curve.found.x.toFixed(3)), curve.found.y], ["0.1", true, 0.714, curve.smooth[2][1]]);
  assert.deepEqual(curve.across.map(({ text }) => text), ["1e-6", "0.0001", "0.01", "1"]);
  assert.deepEqual(curve.down.map(({ text }) => text), ["2.50", "1.00"]);
});

test("losses that explode leave the picture, and one that stands still is a level line", () => {
  const { raw } = curveOf(foldSearch(unsearched(), [searching(1), tried(2, 1, [1e-6, 1e-3, 1], [2, 1, 900])]));
  assert.ok(raw[2][1] < 0);
  const { raw: level, down } = curveOf(foldSearch(unsearched(), [searching(1), tried(2, 1, [1e-6, 1e-3], [2, 2])]));
  assert.ok(level[0][1] === level[1][1] && level[0][1] > 0 && level[0][1] < 1 && down.length === 1);
  for (const zero of [[0, 0], [null, null]]) assert.doesNotThrow(() => curveOf(foldSearch(unsearched(), [searching(1), tried(2, 1, [1e-6, 1e-3], zero)])));
});

test("without two losses there is no curve, and without a suggestion no mark", () => {
  assert.equal(curveOf(foldSearch(unsearched(), [searching(1), tried(2, 1, [1e-6], [2])])), null);
  assert.equal(curveOf(unsearched()), null);
  assert.equal(curveOf(foldSearch(unsearched(), [...whole.slice(0, 3), suggested(4, null, [2, 2, 2, null])])).found, null);
});

test("it goes on from the question to the last event", () => {
  const search = foldSearch(unsearched(), whole);
  assert.deepEqual([null, finder({ run: null, asking: true }), finder(), finder({ search }), finder({ run: null, problem: { message: "No." } })].map(isSearching), [false, true, true, false, false]);
});

test("it says in one sentence how it stands", () => {
  const said = (more, stale = false) => saidOf(finder(more), stale), search = foldSearch(unsearched(), whole);
  assert.equal(said({ problem: { message: "Too much." } }), "Too much.");
  assert.match(said({ run: null, asking: true }), /^Asking/);
  assert.equal(said({ run: { status: "queued", place: 3, wait_seconds: 122 } }), "3rd in line; it begins in about 2\u00a0min.");
  assert.equal(said({ run: { status: "queued", place: 1, wait_seconds: 0 } }), "Next in line.");
  assert.match(said({ workers: false }), /^No worker is there/);
  assert.match(said({ link: "offline" }), /can’t be reached/);
  assert.equal(said({ run: { status: "paused", pause_reason: "The disk is full." } }), "The disk is full.");
  assert.match(said({}), /^Getting the images/);
  assert.equal(said({ search: foldSearch(unsearched(), whole.slice(0, 2)) }), "Tried 2 of 100 rates, up to 0.001.");
  assert.equal(said({ search }), "Because.");
  assert.match(said({ search }, true), /have changed/);
  assert.equal(said({ search: foldSearch(search, [{ seq: 5, kind: "failed", message: "It broke." }]) }), "It broke.");
  assert.equal(said({ search: foldSearch(foldSearch(unsearched(), whole.slice(0, 2)), [{ seq: 3, kind: "stopped", step: 2 }]) }), "Stopped after 2 rates.");
});

test("what was found holds for its network and settings, whatever the rate is now", () => {
  const network = { input: [1, 28, 28], layers: [{ kind: "flatten" }] }, job = { batch_size: 64, optimizer: { kind: "sgd", lr: 0.1 } };
  const page = (more) => ({ history: { present: network }, job, catalogue: { layers: [] }, ...more }), asked = { network, job };
  const stale = (more) => isStale(finder({ asked }), page(more));
  assert.equal(stale({}), false);
  assert.equal(stale({ job: { ...job, optimizer: { kind: "sgd", lr: 7 } } }), false);
  assert.equal(stale({ job: { ...job, batch_size: 32 } }), true);
  assert.equal(stale({ job: { ...job, optimizer: { kind: "adam", lr: 0.1 } } }), true);
  assert.equal(stale({ history: { present: { ...network, layers: [] } } }), true);
});
