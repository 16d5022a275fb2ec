import assert from "node:assert/strict";
import { test } from "node:test";
import { complaint, groupsOf, problemsAt, problemsIn, read, recipe, stepped, summaryOf } from "../../static/js/core/recipe.js";
import { begin, extend } from "../../static/js/core/strokes.js";
import { glyph } from "../../static/js/core/glyph.js";

const whole = { name: "epochs", type: "integer", minimum: 1, maximum: 9 }, part = { name: "p", type: "number", nullable: true };
const catalogue = {
  job: { fields: [{ name: "network" }, { name: "epochs", type: "integer", default: 3 }, { name: "odd", type: "object" }, { name: "test", type: "choice", default: "at_end" },
    { name: "dataset", type: "entry", of: "datasets", default: null }, { name: "loss", type: "entry", of: "losses" },
    { name: "optimizer", type: "entry", of: "optimizers", default: { kind: "adam", lr: 0.001 } }] },
  datasets: [{ kind: "mnist", fields: [{ name: "size", default: null }] }], losses: [{ kind: "cross_entropy", fields: [] }],
  optimizers: [{ kind: "sgd", fields: [{ name: "lr", default: 0.1 }] }, { kind: "adam", fields: [{ name: "lr", default: 0.001 }] }],
};

test("a recipe has every default, and leaves the test set closed", () => {
  assert.deepEqual(recipe(catalogue), { epochs: 3, dataset: { kind: "mnist", size: null }, optimizer: { kind: "adam", lr: 0.001 }, loss: { kind: "cross_entropy" }, test: "on_request" });
});

test("an earlier job is taken over, without its network", () => {
  const again = recipe(catalogue, { network: {}, format: 1, epochs: 8, optimizer: { kind: "sgd", lr: 3 }, test: "at_end" });
  assert.deepEqual([again.epochs, again.optimizer.lr, again.test, "network" in again], [8, 3, "on_request", false]);
});

test("typed numbers are read; what is none stays text for the check to name", () => {
  assert.deepEqual([" 12 ", "−3", "0,5", "1e-3"].map((text) => read(part, text)), [12, -3, 0.5, 0.001]);
  assert.deepEqual([read(part, ""), read(whole, ""), read(whole, "many")], [null, "", "many"]);
});

test("a stepper stays in its range and counts without rests of floats", () => {
  assert.deepEqual([stepped(whole, 9, 1), stepped(whole, 1, -1), stepped(whole, null, 1)], [9, 1, 2]);
  assert.equal(stepped({ type: "number" }, 0.2, 1), 0.3);
});

test("points that say nothing are left out of a stroke; pressure is kept", () => {
  const first = begin([], 18, [10.04, 20.06]);
  assert.equal(extend(first, [[10.2, 20.1]]), first);
  assert.deepEqual(extend(first, [[30, 40, 0.333], [30.1, 40.1, 0.9]])[0].points, [[10, 20.1], [30, 40, 0.33]]);
});

test("a thumbnail is as wide as the logarithm of what a layer puts out", () => {
  const known = { layers: [{ kind: "relu", fields: [] }, { kind: "pool", fields: [{}] }] };
  const bars = glyph({ layers: [{ kind: "conv", out_channels: 8 }, { kind: "relu" }, { kind: "pool" }, { kind: "linear", out_features: 4096 }] }, known);
  assert.deepEqual(bars.map((bar) => bar.strength), [2, 0, 1, 2]);
  assert.ok(bars[0].width === bars[1].width && bars[3].width === 100);
});

test("a long network is a thumbnail of few bars, the strongest of its neighbours", () => {
  const layers = Array.from({ length: 60 }, (_, at) => (at % 5 === 3 ? { kind: "linear", out_features: 32 } : { kind: "relu" }));
  const bars = glyph({ layers }, { layers: [] });
  assert.ok(bars.length > 6 && bars.length <= 13);
  assert.ok(bars.every((bar) => bar.strength === 2));
});

test("a number out of its bounds is named before anybody is asked", () => {
  const slope = { label: "Slope", type: "number", exclusive_minimum: 0, exclusive_maximum: 1 };
  assert.deepEqual([0, 0.5, 1, null, "x"].map((value) => complaint(slope, value)),
    ["Slope must be above 0.", null, "Slope must be below 1.", null, "Slope needs a number."]);
  assert.match(complaint({ ...whole, label: "Epochs" }, 2.5), /whole/);
  assert.match(complaint({ ...whole, label: "Epochs" }, 10), /at most 9/);
  assert.equal(complaint({ type: "choice" }, "adam"), null);
});

const told = {
  job: { fields: [
    { name: "epochs", label: "Epochs", type: "integer", default: 5, group: "training" }, { name: "device", label: "Device", type: "choice", default: "auto", group: "machine" },
    { name: "optimizer", label: "Optimizer", type: "entry", of: "optimizers", default: { kind: "adam", lr: 0.5 }, group: "optimizer" },
    { name: "stopping", label: "Stop early", type: "entry", of: "stoppings", nullable: true, default: null, group: "stopping" }, { name: "odd", label: "Odd", type: "boolean", default: true, group: "news" },
    { name: "mixing", label: "Mixing", type: "entry", of: "nothing", group: "data" },
  ] },
  optimizers: [{ kind: "sgd", label: "SGD", fields: [{ name: "lr", label: "Rate", default: 0.1 }] }, { kind: "adam", label: "Adam", fields: [{ name: "lr", label: "Rate", default: 0.001 }] }],
  stoppings: [{ kind: "early", label: "Early", fields: [{ name: "patience", label: "Patience", default: 3 }] }],
};

test("groups come in the order of thought, unknown ones last, and a field without entries is not shown", () => {
  assert.deepEqual(groupsOf(told).map((group) => [group.label, ...group.fields.map((field) => field.name)]),
    [["Training", "epochs"], ["Optimizer", "optimizer"], ["Stopping", "stopping"], ["Machine", "device"], ["News", "odd"]]);
});

test("entries begin as the catalogue says: with their own defaults, or off", () => {
  const { optimizer, stopping } = recipe(told);
  assert.deepEqual([optimizer, stopping], [{ kind: "adam", lr: 0.5 }, null]);
});

test("a folded group says what is chosen and what differs", () => {
  const [training, optimizer, stopping, , news] = groupsOf(told), job = { ...recipe(told), epochs: 9, stopping: { kind: "early", patience: 1 }, odd: false };
  assert.deepEqual([training, optimizer, stopping, news].map((group) => summaryOf(group, job, told)), ["epochs 9", "Adam · rate 0.5", "Early · patience 1", "odd off"]);
  assert.equal(summaryOf(stopping, recipe(told), told), "");
});

test("a problem is told at its field, in the form that holds it", () => {
  const problem = { where: ["optimizer", "lr"], message: "no" };
  assert.deepEqual([...problemsAt(problem)], [["optimizer.lr", "no"]]);
  assert.deepEqual([...problemsIn(problemsAt(problem), "optimizer")], [["lr", "no"]]);
  assert.deepEqual([...problemsIn(problemsAt(problem), "optim")], []);
  assert.equal(problemsAt({ where: ["layers", 1, "lr"], message: "no" }).size, 0);
  assert.equal(problemsAt({ where: [], message: "no" }).size, 0);
});
