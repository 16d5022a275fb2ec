import assert from "node:assert/strict";
import { test } from "node:test";
import { change, duplicate, indexOf, insert, move, remove, same } from "../../static/js/core/network.js";
import { advance, begin, redo, seal, settle, undo } from "../../static/js/core/history.js";

const network = { format: 1, input: [1, 9, 7], layers: ["a", "b", "c", "d"].map((name) => ({ kind: "relu", name })) };
const names = ({ layers }) => layers.map((layer) => layer.name ?? "?").join("");
const catalogue = { layers: [{ kind: "relu", fields: [] }, { kind: "conv", fields: [{ name: "out", default: 8 }, { name: "stride", default: null }] }] };

test("a layer goes in before the one that stood there, the first and the end included", () => {
  const layer = { kind: "tanh", name: "x" };
  assert.equal(names(insert(network, 0, layer)), "xabcd");
  assert.equal(names(insert(network, 3, layer)), "abcxd");
  assert.equal(names(insert(network, 4, layer)), "abcdx");
  assert.equal(names(network), "abcd");
});

test("moving counts edges before the move", () => {
  assert.equal(names(move(network, 0, 3)), "bcad");
  assert.equal(names(move(network, 3, 0)), "dabc");
  assert.equal(names(move(network, 1, 4)), "acdb");
});

test("moving to either own edge changes nothing", () => {
  assert.equal(move(network, 2, 2), network);
  assert.equal(move(network, 2, 3), network);
});

test("a duplicate stands right below and waits for its name", () => {
  const twice = duplicate(network, 1);
  assert.equal(names(twice), "ab?cd");
  assert.equal(twice.layers[2].kind, "relu");
});

test("removing and changing touch one layer only", () => {
  assert.equal(names(remove(network, 2)), "abd");
  const changed = change(network, 3, { slope: 0.3 });
  assert.deepEqual(changed.layers[3], { kind: "relu", name: "d", slope: 0.3 });
  assert.equal(changed.layers[0], network.layers[0]);
  assert.equal(indexOf(network, "input"), -1);
});

test("networks are the same whether defaults are written out or not", () => {
  const bare = { input: [1, 5, 5], layers: [{ kind: "conv", name: "c1" }] };
  const full = { input: [1, 5, 5], layers: [{ stride: null, out: 8, name: "c1", kind: "conv" }] };
  assert.ok(same(bare, full, catalogue));
  assert.ok(!same(bare, change(full, 0, { out: 9 }), catalogue));
  assert.ok(!same(bare, { ...full, input: [1, 5, 6] }, catalogue));
  assert.ok(!same(bare, null, catalogue));
});

test("undo and redo walk through whole networks, a new edit ends the future", () => {
  const second = remove(network, 0), third = remove(second, 0);
  const history = advance(advance(begin(network), second), third);
  const back = undo(undo(history));
  assert.equal(back.present, network);
  assert.equal(redo(redo(back)).present, third);
  assert.equal(undo(back), back);
  assert.deepEqual(advance(undo(history), network).future, []);
});

test("typing into one field is one step, until the field is left", () => {
  const typed = [3, 31, 315].map((slope) => change(network, 0, { slope }));
  const history = typed.reduce((before, next) => advance(before, next, "a slope"), begin(network));
  assert.equal(history.past.length, 1);
  assert.equal(undo(history).present, network);
  assert.equal(advance(seal(history), change(network, 0, { slope: 7 }), "a slope").past.length, 2);
});

test("the check's better writing is no step", () => {
  const history = advance(begin(network), duplicate(network, 0));
  const settled = settle(history, { ...network });
  assert.equal(settled.past.length, 1);
  assert.equal(undo(settled).present, network);
});
