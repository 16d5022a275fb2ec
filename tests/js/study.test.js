import assert from "node:assert/strict";
import { test } from "node:test";
import { bestOf, compared, fold, historyOf, ladderOf, placeOn, ranked, rungsOf, scoreRange, sentenceOf, standing, surenessOf, valueText, withChosen } from "../../static/js/core/study.js";
import { draftOf, othersOf, spaceProblems, studyOf, toggled, withField, withValues, withoutField } from "../../static/js/core/space.js";

const trial = (number, more = {}) => ({ number, run: `r${number}`, values: { lr: 0.01 }, repeats: null, seed: 42, state: "done", reports: [[1, 0.5, 0.8]], value: 0.8, seconds: 2, reason: "", seq: number + 1, ...more });
const axis = { path: "lr", label: "Learning rate", owner: "Adam", low: 0.001, high: 0.1, log: true };
const study = (more = {}) => ({ status: "running", name: "S", best: null, finalists: [], importances: {}, axes: [axis], trials: [], seq: 0, ...more,
  plan: { objective: "accuracy", runs: 9, job: { epochs: 20 }, pruner: { kind: "halving", first: 2, factor: 3 }, ...more.plan } });

test("news replace the trials that they are about, whatever order they come in", () => {
  const first = fold(study(), { study: { seq: 2 }, trials: [trial(1), trial(0)] });
  assert.deepEqual(first.trials.map((one) => one.number), [0, 1]);
  const next = fold(first, { study: { seq: 9, status: "finished" }, trials: [trial(1, { seq: 9, value: 0.9 })] });
  assert.deepEqual([next.trials[1].value, next.status, next.seq], [0.9, "finished", 9]);
  assert.equal(fold(next, { study: {}, trials: [trial(1, { seq: 3, value: 0.1 })] }).trials[1].value, 0.9);
  assert.equal(first.trials[1].value, 0.8);
});

test("the best come first: finished ones before those given up, whose last report counts", () => {
  const trials = [trial(0, { value: 0.7 }), trial(1, { state: "pruned", value: null, reports: [[1, 1, 0.95]] }), trial(2, { value: 0.9 }), trial(3, { state: "waiting", value: null, reports: [] }), trial(4, { repeats: 2 })];
  assert.deepEqual(ranked(study({ trials })).map((one) => one.number), [2, 0, 1, 3]);
  assert.equal(standing(study({ trials }), trials[1]), 0.95);
  assert.equal(standing(study({ trials }), trials[3]), null);
  const least = study({ trials: [trial(0, { value: 0.3 }), trial(1, { value: 0.2 })], plan: { objective: "loss" } });
  assert.deepEqual(ranked(least).map((one) => one.number), [1, 0]);
});

test("values stand on their axis, rates by their logarithm, choices in their order", () => {
  assert.ok(Math.abs(placeOn(axis, 0.01) - 0.5) < 1e-12);
  assert.equal(placeOn({ ...axis, log: false, low: 0, high: 10 }, 2.5), 0.25);
  assert.equal(placeOn({ path: "k", label: "", owner: "", choices: ["adam", null, "sgd"] }, null), 0.5);
  assert.deepEqual([0.01235, 1024, null, true, "sgd"].map(valueText), ["0.0123", "1,024", "none", "on", "sgd"]);
});

test("the ladder knows how far each came and where trials are compared", () => {
  const trials = [trial(0, { reports: [[1, 1, 0.5], [2, 1, 0.6]] }), trial(1, { values: { lr: 1, epochs: 54 }, reports: [] })];
  assert.deepEqual(ladderOf(study({ trials })).map(({ done, planned }) => [done, planned]), [[2, 20], [0, 54]]);
  assert.deepEqual(rungsOf(study(), 54), [2, 6, 18]);
  assert.deepEqual(rungsOf(study({ plan: { pruner: null } }), 54), []);
});

test("one sentence says how far it is, and another how sure the best one is", () => {
  const trials = [trial(0), trial(1, { state: "pruned", value: null }), trial(2, { state: "running", value: null }), trial(3, { repeats: 0 })];
  assert.match(sentenceOf(study({ trials })), /^2 of 9 tried · 1 given up early · 1 repeated with other seeds · 8\.0.s of training$/);
  assert.match(surenessOf(study()), /not ended/);
  assert.match(surenessOf(study({ trials, best: 0 })), /^Trial 1: 80\.00.% in validation, with one seed\.$/);
  const sure = study({ trials, best: 0, finalists: [{ number: 0, mean: 0.79, spread: 0.0012, seeds: 3 }] });
  assert.match(surenessOf(sure), /79\.00.% ± 0\.12 with 3 other seeds\.$/);
  assert.equal(bestOf(sure)?.trial.number, 0);
});

test("O-02: any two trials lie over each other, and what they differ in is told", () => {
  const trials = [trial(0), trial(1, { values: { lr: 0.05 }, reports: [[1, 0.5, 0.7], [2, null, null], [3, 0.4, 0.8]] }), trial(2)];
  assert.deepEqual(historyOf(study({ trials }), trials[1]), [[1, 0.7], [3, 0.8]]);
  assert.deepEqual([withChosen([], 0), withChosen([0], 1), withChosen([0, 1], 2), withChosen([1, 2], 1)], [[0], [0, 1], [1, 2], [2]]);
  assert.deepEqual(compared(study({ trials }), [0, 1]).map(({ values, differs }) => [...values, differs]), [["0.01", "0.05", true], ["80.00\u202f%", "80.00\u202f%", false], ["1", "3", true]]);
  assert.deepEqual(compared(study({ trials }), [0]), []);
});

test("one bad trial does not press all others together", () => {
  const trials = [0.11, ...Array.from({ length: 20 }, (_, at) => 0.97 + at / 1000)].map((value, number) => trial(number, { value }));
  const [low, high] = scoreRange(study({ trials }));
  assert.ok(low > 0.9 && high > 0.989);
  assert.deepEqual(scoreRange(study()), [0, 1]);
});

const tunables = [{ path: "lr", owner: "", field: {}, now: 1, values: { low: 1, high: 2 }, usual: true }, { path: "p", owner: "Dropout", field: {}, now: 0, values: { low: 0, high: 1 }, usual: false }];
const fields = [{ name: "runs", default: 50 }, { name: "minutes", default: null }];

test("a draft begins with what is usual and keeps what was chosen as far as the job still has it", () => {
  const draft = draftOf(/** @type {any} */ (tunables), fields, null);
  assert.deepEqual(draft, { space: { lr: { low: 1, high: 2 } }, more: { runs: 50, minutes: null } });
  const wider = withValues(withField(draft, tunables[1]), "p", { high: 0.5 });
  assert.deepEqual(draftOf([tunables[1]], fields, wider).space, { p: { low: 0, high: 0.5 } });
  assert.deepEqual(othersOf(tunables, draft).map(([owner]) => owner), ["Dropout"]);
  assert.deepEqual(studyOf(wider, { epochs: 2 }, "N"), { runs: 50, minutes: null, job: { epochs: 2 }, space: wider.space, name: "N" });
  assert.equal(studyOf(withoutField(draft, "lr"), {}, "N"), null);
});

test("of choices one always stays, and problems find their field", () => {
  assert.deepEqual(toggled(["a", "b", null], ["a", null], "b"), ["a", "b", null]);
  assert.deepEqual(toggled(["a", "b"], ["a"], "a"), ["a"]);
  assert.deepEqual([...spaceProblems({ where: ["space", "lr", "high"], message: "no" })], [["lr", "no"]]);
  assert.equal(spaceProblems({ where: ["runs"], message: "no" }).size, 0);
});
