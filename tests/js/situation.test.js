import assert from "node:assert/strict";
import { test } from "node:test";
import { facts, hasTrained, isDraft, mainAct, situation, weightsOf } from "../../static/js/core/situation.js";
import { begin } from "../../static/js/core/history.js";
import { empty, fold } from "../../static/js/core/transcript.js";

const catalogue = { layers: [{ kind: "relu", fields: [] }], datasets: [{ kind: "strokes", label: "Strokes" }] };
const ready = { format: 1, input: [1, 3, 3], layers: [{ kind: "relu", name: "relu1" }] };
const other = { ...ready, layers: [{ kind: "relu", name: "relu2" }] };
const job = { seed: 7, epochs: 2, batch_size: 5, dataset: { kind: "strokes" }, optimizer: { kind: "sgd", lr: 0.1 } };

const state = (more = {}) => ({ catalogue, opening: { ready: { network: ready, accuracy: 0.981 } }, history: begin(other), checked: null, readonly: false, run: null,
  transcript: empty(), link: "live", showUntrained: false, asking: null, job, ...more });
const run = (status, more = {}) => ({ id: "r1", status, job: { ...job, seed: 11, network: other }, place: null, ...more });
const told = fold(empty(), [{ seq: 1, kind: "started", epochs: 2, steps: 40 }, { seq: 2, kind: "curves", first: 1, loss: [1, 0.9], accuracy: [0, 0.5], epoch: 1, seconds: 1, images_per_second: 10, seconds_left: 3 }]);
const words = (given) => facts(given).map(({ strong = "", text = "" }) => `${strong} ${text}`.trim()).join(" · ");

test("each state has its word", () => {
  const found = {
    empty: state({ history: begin({ ...other, layers: [] }) }), problem: state({ checked: { problem: { message: "no" }, stages: [] } }), untrained: state(),
    ready: state({ history: begin(ready) }), queued: state({ run: run("queued") }), starting: state({ run: run("running") }),
    running: state({ run: run("running"), transcript: told }), paused: state({ run: run("paused") }), finished: state({ run: run("finished") }),
    diverged: state({ run: run("diverged") }), readonly: state({ readonly: true }),
  };
  for (const [word, given] of Object.entries(found)) assert.equal(situation(given), word);
});

test("while the server is away a run that trains is told as it was seen last", () => {
  const given = state({ run: run("running"), transcript: told, away: true });
  assert.match(words(given), /last step seen/);
  assert.ok(!facts(given).some((fact) => fact.live));
});

test("a network edited after its run is a draft with weights of its own; undone, it is the run again", () => {
  const draft = state({ run: run("running"), transcript: told, history: begin(ready) });
  assert.ok(isDraft(draft));
  assert.deepEqual(weightsOf(draft), { kind: "ready" });
  assert.deepEqual(weightsOf({ ...draft, history: begin(other) }), { kind: "run", run: "r1", step: null });
});

test("before the first step a run is looked at through the weights that it starts from", () => {
  assert.deepEqual(weightsOf(state({ run: run("running") })), { kind: "initial", seed: 11 });
  assert.deepEqual(weightsOf(state({ run: run("running"), transcript: told, showUntrained: true })), { kind: "initial", seed: 11 });
  assert.deepEqual(weightsOf(state()), { kind: "initial", seed: 7 });
  assert.ok(hasTrained(state({ history: begin(ready), showUntrained: true })));
  assert.ok(!hasTrained(state()));
});

test("the filled button does the one thing that is next", () => {
  const act = (more) => mainAct(state(more)).act;
  assert.deepEqual([act({}), act({ run: run("queued") }), act({ run: run("running"), transcript: told }), act({ run: run("paused") }), act({ run: run("finished") }), act({ readonly: true })],
    ["train", "stop", "pause", "resume", "train", "copy"]);
  assert.ok(mainAct(state({ checked: { problem: {}, stages: [] } })).rests);
});

test("the status line says the most important fact first", () => {
  assert.match(words(state({ run: run("queued", { place: 12 }) })), /^12th in line/);
  assert.match(words(state({ run: run("queued", { place: 22 }) })), /^22nd in line/);
  assert.match(words(state({ run: run("queued", { place: 1 }) })), /^Next in line/);
  assert.match(words(state({ run: run("queued", { place: 3, wait_seconds: 122, estimate_seconds: 41 }) })), /^3rd in line · about 2.min until it starts · then about 40.s of training$/);
  assert.match(words(state({ run: run("paused", { pause_reason: "The disk is full." }), transcript: told })), /^The server paused it · Paused at 2/);
  assert.match(words(state({ run: run("running"), transcript: told, link: "offline" })), /^epoch 1 of 2 · 2 last step seen$/);
  assert.match(words(state({ waits: 12 })), /^Wait 12.s then Train again · Ready to train/);
  assert.match(words(state({ estimate: { said: "about 40 s on this server" } })), /^Ready to train · about 40 s on this server/);
  assert.match(words(state({ run: run("running"), transcript: told })), /^epoch 1 of 2 · 2 of 40 steps · 10 images\/s · 3.0\u00a0s left/);
  const diverged = fold(told, [{ seq: 3, kind: "diverged", step: 58, message: "nan" }]);
  assert.match(words(state({ run: run("diverged"), transcript: diverged })), /^Diverged at step 58 · the loss is no longer a number/);
  const broken = { stages: [{ name: "pool1", shape: [8, 14, 14] }], problem: { message: "x" } };
  assert.match(words(state({ history: begin({ ...other, layers: [...other.layers, { kind: "relu", name: "lin" }] }), checked: broken })), /between pool1 \(8.×.14.×.14\) and lin/);
});

test("while the server asks for patience, or keeps a run paused itself, the filled button rests", () => {
  assert.ok(mainAct(state({ waits: 3 })).rests && !mainAct(state({ waits: 0 })).rests);
  assert.ok(mainAct(state({ run: run("paused", { pause_reason: "The disk is full." }) })).rests);
});

test("what somebody shared tells how it really ended", () => {
  assert.match(words(state({ readonly: true, run: run("finished"), transcript: told })), /^Finished/);
  assert.match(words(state({ readonly: true, run: run("stopped"), transcript: told })), /^Stopped early/);
  assert.match(words(state({ readonly: true, run: run("failed"), transcript: told })), /^Failed at step 2/);
});

test("where a lost worker's run went on is said for a while, and a pause that was asked for is not", () => {
  const resumed = (reason, more = []) => fold(told, [{ seq: 3, kind: "resumed", step: 1, reason }, ...more]);
  assert.match(words(state({ run: run("running"), transcript: resumed("worker_lost") })), /went on from step 1$/);
  assert.doesNotMatch(words(state({ run: run("running"), transcript: resumed("asked") })), /went on/);
  assert.doesNotMatch(words(state({ run: run("running"), transcript: resumed("turn") })), /went on/, "others had their turn: nothing went wrong");
});
