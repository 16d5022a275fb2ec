import assert from "node:assert/strict";
import { test } from "node:test";
import { move, read, remove, rename, insert, joinable, sourcesOf, duplicate } from "../../static/js/core/network.js";
import { arcsOf, foldsOf, isLong, readsAbove } from "../../static/js/core/stack.js";
import { groupsHere } from "../../static/js/core/palette.js";

const layer = (name, ...inputs) => ({ kind: "k", name, ...(inputs.length ? { inputs } : {}) });
const network = { format: 1, input: [1, 7, 9], layers: [layer("a"), layer("b"), layer("c"), layer("sum", "c", "a"), layer("end")] };
const inputsOf = (given, name) => given.layers.find((one) => one.name === name)?.inputs ?? null;
const names = ({ layers }) => layers.map((one) => one.name).join(" ");

test("who read a removed layer reads what it read", () => {
  assert.deepEqual(inputsOf(remove(network, 0), "sum"), ["c", "input"]);
  assert.deepEqual(inputsOf(remove(network, 2), "sum"), ["b", "a"]);
  assert.deepEqual(inputsOf(network, "sum"), ["c", "a"]);
});

test("what was two ways and became one is read once", () => {
  const short = { ...network, layers: [layer("a"), layer("b"), layer("sum", "b", "a")] };
  assert.deepEqual(inputsOf(remove(short, 1), "sum"), ["a"]);
});

test("removing a layer that reads from afar hands on where it read", () => {
  const branch = { ...network, layers: [layer("a"), layer("b"), layer("c", "a"), layer("d"), layer("sum", "c", "b")] };
  assert.deepEqual(inputsOf(remove(branch, 2), "sum"), ["a", "b"]);
});

test("a name follows its layer to whoever reads it", () => {
  const renamed = rename(network, 0, "first");
  assert.deepEqual([names(renamed), inputsOf(renamed, "sum")], ["first b c sum end", ["c", "first"]]);
  assert.equal(renamed.layers[1], network.layers[1]);
});

test("a reader that is moved above what it reads takes its neighbour instead", () => {
  const up = move(network, 3, 1);
  assert.deepEqual([names(up), inputsOf(up, "sum")], ["a sum b c end", ["a"]]);
  const down = move(network, 0, 4);
  assert.deepEqual([names(down), inputsOf(down, "sum")], ["b c sum a end", ["c"]]);
});

test("reading the layer above alone needs no words", () => {
  assert.ok(!("inputs" in read(network, 4, ["sum"]).layers[4]));
  assert.deepEqual(read(network, 4, ["b"]).layers[4].inputs, ["b"]);
  assert.deepEqual([sourcesOf(network, 0), sourcesOf(network, 1), sourcesOf(network, 3)], [["input"], ["a"], ["c", "a"]]);
  assert.deepEqual(duplicate(network, 3).layers[4].inputs, ["c", "a"]);
});

test("a layer that joins begins with the nearest one of the same shape", () => {
  const above = [["input", [1, 7, 9]], ["a", [3, 7, 9]], ["b", [3, 7, 9]], ["pool", [3, 3, 4]], ["c", [3, 7, 9]]].map(([name, shape]) => ({ name, shape }));
  assert.deepEqual(joinable(above), ["c", "b"]);
  assert.deepEqual(joinable(above.slice(0, 4)), ["pool", "b"]);
  assert.deepEqual(joinable(above.slice(0, 1)), ["input", "input"]);
});

test("arcs stand where a layer reads past its neighbour, crossing ones on lanes of their own", () => {
  assert.deepEqual(arcsOf(network), [{ from: 1, to: 4, lane: 0 }]);
  const two = insert(network, 5, layer("last", "end", "input"));
  assert.deepEqual(arcsOf(two), [{ from: 1, to: 4, lane: 0 }, { from: 0, to: 6, lane: 1 }]);
  assert.deepEqual(arcsOf({ ...network, layers: [layer("a", "nobody")] }), []);
  assert.ok(readsAbove(network, 3) && !readsAbove(read(network, 3, ["a", "b"]), 3));
});

const plain = (times) => Array.from({ length: times }, (_, at) => [{ kind: "linear", name: `l${at}`, out_features: 9 }, { kind: "tanh", name: `t${at}` }]).flat();
const stagesOf = (layers) => layers.map(() => ({ shape: [9] }));

test("a block that repeats is folded between its first and its last time", () => {
  const layers = [{ kind: "flatten", name: "f" }, ...plain(10), { kind: "linear", name: "end", out_features: 10 }];
  assert.deepEqual(foldsOf(layers, stagesOf(layers)), [{ from: 3, to: 19, period: 2 }]);
});

test("short networks, different blocks and unfinished checks are not folded", () => {
  const layers = plain(10);
  assert.deepEqual(foldsOf(layers.slice(0, 8), stagesOf(layers)), []);
  assert.deepEqual(foldsOf(layers, stagesOf(layers).slice(0, 5)), []);
  const growing = layers.map((one, at) => ({ ...one, out_features: at }));
  assert.deepEqual(foldsOf(growing, stagesOf(growing)), []);
  assert.deepEqual([isLong(11), isLong(12)], [false, true]);
});

test("the palette offers what fits by family, and the others by their reason", () => {
  const reads = [{ words: "pictures", sides: 3 }], row = [{ words: "a row", sides: 1 }];
  const layers = [{ kind: "conv", family: "look", reads }, { kind: "relu", family: "bend" }, { kind: "big", family: "look", reads }, { kind: "row", family: "bend", reads: row }].map((one) => ({ label: one.kind, ...one }));
  const { fitting, others } = groupsHere(layers, ["relu", "conv"], [3, 7, 9]);
  assert.deepEqual(fitting.map(({ title, entries }) => [title, entries.length]), [["look", 1], ["bend", 1]]);
  assert.deepEqual(others.map(({ title }) => title), ["does not fit here with its first settings", "reads a row"]);
  const named = [["zero_pad", "Zero padding"], ["add_all", "All"], ["add", "Add"], ["pool", "Pooling"]].map(([kind, label]) => ({ kind, label, family: "look" }));
  assert.deepEqual(groupsHere(named, ["zero_pad", "add_all", "add"], [3], "Ad d").fitting[0].entries.map(({ kind }) => kind), ["add", "add_all", "zero_pad"]);
  assert.deepEqual(groupsHere(named, [], [3], "nothing"), { fitting: [], others: [] });
});
