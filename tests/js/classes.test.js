import assert from "node:assert/strict";
import { test } from "node:test";
import { answersOf, classesOf, nameOf } from "../../static/js/core/classes.js";

const catalogue = { layers: [], datasets: [{ kind: "mnist" }, { kind: "clothes", classes: ["shirt", "shoe"] }] }, network = { layers: [{ kind: "relu", name: "relu1" }] };
const state = { catalogue, job: { seed: 1, dataset: { kind: "clothes" } }, run: null, transcript: { step: 0 }, opening: {}, history: { present: network } };

test("classes are called as their data set calls them; digits where it says nothing", () => {
  assert.deepEqual(classesOf(catalogue, "clothes"), ["shirt", "shoe"]);
  assert.equal(classesOf(catalogue, "mnist")[9], "9");
  assert.deepEqual([nameOf(["shirt"], 0), nameOf(["shirt"], 7)], ["shirt", "7"]);
});

test("a network answers in the classes that it learned, or will learn; the ready one in digits", () => {
  assert.equal(answersOf(state)[1], "shoe");
  assert.equal(answersOf({ ...state, opening: { ready: { network } } })[1], "1");
  const run = { job: { seed: 1, dataset: { kind: "mnist" }, network } };
  assert.equal(answersOf({ ...state, run, transcript: { step: 3 } })[1], "1");
  assert.equal(answersOf({ ...state, run, transcript: { step: 0 } })[1], "shoe");
});
