import assert from "node:assert/strict";
import { test } from "node:test";
import { measured, titleOf } from "../../static/js/core/measure.js";
import { aimOf, answerOf, fitted, isPlane, jobForSaved, jobForTemplate, lossesRefused, signedField } from "../../static/js/core/task.js";

const percent = { name: "accuracy", unit: "%", accuracy: true, digits: 2 }, degrees = { name: "mean error", unit: "°", accuracy: false, digits: 1 };
const plain = { ...degrees, unit: "", digits: 2 };
const catalogue = {
  tasks: [
    { kind: "classify", label: "Which?", family: "classes", measure: percent, losses: ["cross_entropy"], fields: [] },
    { kind: "two_classes", label: "Is it?", family: "two", measure: percent, losses: ["bce_with_logits", "hinge", "bce"], fields: [{ name: "digit", default: 3 }] },
    { kind: "angle", label: "How far?", family: "numbers", measure: degrees, unit: "degrees", losses: ["mse"], fields: [{ name: "degrees", default: 45 }] },
    { kind: "value", label: "Which number?", family: "numbers", measure: plain, unit: 1, whole: true, losses: ["mse"], fields: [] },
    { kind: "restore", label: "Back", family: "pictures", measure: plain, unit: 100, losses: ["mse"], fields: [] },
  ],
  losses: [
    { kind: "cross_entropy", fields: [], middle: 0.5, chance: "itself" }, { kind: "bce_with_logits", fields: [], middle: 0, chance: "sigmoid" },
    { kind: "hinge", fields: [], middle: 0, chance: null }, { kind: "bce", fields: [], middle: 0.5, chance: "itself" }, { kind: "mse", fields: [{ name: "odd", default: 7 }], middle: 0.5, chance: "itself" },
  ],
  datasets: [{ kind: "mnist", shape: [1, 28, 28], classes: [..."0123456789"], fields: [] }, { kind: "spiral", shape: [2], classes: ["0", "1"], fields: [{ name: "noise", default: 0 }] }],
  job: { fields: [
    { name: "epochs", type: "integer", default: 5 }, { name: "dataset", type: "entry", of: "datasets", default: null },
    { name: "task", type: "entry", of: "tasks", default: { kind: "classify" } }, { name: "loss", type: "entry", of: "losses", default: { kind: "cross_entropy" } },
  ] },
};
const job = (task, loss, more = {}) => ({ task: { kind: task, ...more }, loss: { kind: loss }, dataset: { kind: "mnist" } });
const probe = (shape, values, blank = false) => ({ blank, layers: [{ name: "last", shape, count: 1, encoding: "float32", values: Float32Array.from(values) }] });

test("an error is told in its unit, an accuracy in percent", () => {
  assert.equal(measured(3.14159, degrees), "3.1 °");
  assert.match(measured(0.9871, percent), /^98\.71\s%$/);
  assert.deepEqual([titleOf(percent), titleOf(degrees), titleOf(plain)], ["Accuracy", "Mean error, °", "Mean error"]);
});

test("yes or no is decided where the loss decides it", () => {
  const told = (loss, value) => answerOf(probe([1], [value]), job("two_classes", loss, { digit: 7 }), catalogue, "last");
  assert.deepEqual([told("bce_with_logits", 0.2).yes, told("bce", 0.2).yes, told("hinge", -0.2).yes], [true, false, false]);
  assert.deepEqual([told("bce_with_logits", 0).chance, told("bce", 0.2).chance.toFixed(2), told("hinge", 3).chance, told("bce", 0.2).name], [0.5, "0.20", null, "7"]);
  assert.equal(answerOf(probe([1], [1], true), job("two_classes", "bce"), catalogue, "last"), null);
});

test("a number has the unit of its measure", () => {
  assert.equal(answerOf(probe([1], [-0.5]), job("angle", "mse", { degrees: 90 }), catalogue, "last").words, "−45.0 °");
  assert.equal(answerOf(probe([1], [NaN]), job("angle", "mse", { degrees: 90 }), catalogue, "last"), null);
});

test("D-04: a number between two classes is none, and is flagged", () => {
  const odd = (value) => answerOf(probe([1], [value]), job("value", "mse"), catalogue, "last").odd;
  assert.deepEqual([2.5, 4, 11, -1].map(odd), ["is no class", "", "is no class", "is no class"]);
});

test("a picture comes out as it is, or through a sigmoid where the loss took logits", () => {
  const told = (loss) => answerOf(probe([1, 1, 2], [0, 0.25]), job("restore", loss), catalogue, "last");
  assert.deepEqual([[...told("mse").values], [...told("bce_with_logits").values].map((one) => one.toFixed(3)), told("mse").width], [[0, 0.25], ["0.500", "0.562"], 2]);
});

test("a task brings its usual loss where the one before does not fit", () => {
  assert.deepEqual(fitted(job("restore", "cross_entropy"), catalogue).loss, { kind: "mse", odd: 7 });
  assert.equal(fitted(job("two_classes", "hinge"), catalogue).loss.kind, "hinge");
  assert.deepEqual([...lossesRefused(job("classify", "cross_entropy"), catalogue).keys()], ["bce_with_logits", "hinge", "bce", "mse"]);
  assert.deepEqual(Object.keys(aimOf({ ...job("value", "mse"), epochs: 3 })), ["task", "loss", "dataset"]);
});

test("a template sets what it is for, and what was set stays where it fits", () => {
  const mine = { ...job("classify", "cross_entropy"), epochs: 9 }, usual = { network: { input: [1, 28, 28] }, job: {} };
  const spiral = { network: { input: [2] }, job: { dataset: { kind: "spiral" }, task: { kind: "two_classes" }, loss: { kind: "bce" } } };
  assert.equal(jobForTemplate(usual, mine, catalogue), mine);
  const there = jobForTemplate(spiral, mine, catalogue);
  assert.deepEqual([there.dataset, there.task, there.epochs], [{ kind: "spiral", noise: 0 }, { kind: "two_classes", digit: 3 }, 5]);
  assert.deepEqual(jobForTemplate(usual, there, catalogue).task, { kind: "classify" });
  assert.deepEqual([jobForSaved({ ...spiral }, mine, catalogue).task.kind, jobForSaved({ ...spiral }, mine, catalogue).epochs], ["two_classes", 9]);
  assert.deepEqual([isPlane(spiral.network), isPlane(usual.network)], [true, false]);
});

test("the plane is coloured by what the network says at each point", () => {
  const field = (values, count, task, loss) => [...signedField({ count, encoding: "float32", values: Float32Array.from(values) }, job(task, loss), catalogue)].map((one) => Number(one.toFixed(3)));
  assert.deepEqual(field([0, 100, -100], 1, "two_classes", "bce_with_logits"), [0, 1, -1]);
  assert.deepEqual(field([0.5, 1], 1, "two_classes", "bce"), [0, 1]);
  assert.deepEqual(field([-0.25, 0.5], 1, "value", "mse"), [-0.25, 0.5]);
  assert.deepEqual(field([0, 100, 0, 0], 2, "classify", "cross_entropy"), [0, -1]);
});
