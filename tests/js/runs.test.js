import assert from "node:assert/strict";
import { test } from "node:test";
import { standing } from "../../static/js/views/runs.js";

const run = (more) => ({ id: "1", name: "Mine", purpose: "train", person: "Ada", status: "queued", place: 1, wait_seconds: null, step: 0, steps: 0, device: "", pause_reason: null, ...more });

test("a run that waits tells its place and when it starts", () => {
  assert.equal(standing(run({})), "next in line");
  assert.equal(standing(run({ place: 12, wait_seconds: 130, step: 40, steps: 1720 })), "12th in line, starts in about 2\u00a0min, step 40 of 1,720");
});

test("a run that trains tells where and how far", () => {
  assert.equal(standing(run({ status: "running", place: null, device: "cuda:1", step: 3, steps: 9 })), "trains on CUDA:1, step 3 of 9");
  assert.equal(standing(run({ status: "running", place: null })), "trains, step 0");
  assert.equal(standing(run({ status: "running", place: null, purpose: "find_rate", step: 7, steps: 100 })), "looks for a learning rate, step 7 of 100");
});

test("a run that pauses tells why, where the server paused it", () => {
  assert.equal(standing(run({ status: "paused", place: null, step: 7 })), "paused at step 7");
  assert.equal(standing(run({ status: "paused", place: null, pause_reason: "The disk is full." })), "The disk is full.");
});
