import assert from "node:assert/strict";
import { test } from "node:test";
import { added, changed, digitOf, fieldsOf, moved, removed } from "../../static/js/core/augmentation.js";
import { recipe, summaryOf } from "../../static/js/core/recipe.js";

const often = { name: "probability", type: "number", default: 1, minimum: 0, maximum: 1 }, degrees = { name: "degrees", type: "number", default: 10, minimum: 0, maximum: 180 };
const entries = [{ kind: "rotate", label: "Rotate", fields: [often, degrees] }, { kind: "flip", label: "Flip", fields: [often, { name: "direction", type: "choice", default: "sideways" }] }];

test("augmentations are added, ordered, changed and taken away, and the list before stays", () => {
  const none = [], one = added(none, entries, "rotate"), two = added(one, entries, "flip");
  assert.deepEqual(two, [{ kind: "rotate", probability: 1, degrees: 10 }, { kind: "flip", probability: 1, direction: "sideways" }]);
  assert.deepEqual(moved(two, 1, -1).map((it) => it.kind), ["flip", "rotate"]);
  assert.equal(moved(two, 0, -1), two);
  assert.equal(moved(two, 1, 1), two);
  assert.deepEqual(changed(two, 0, "degrees", 25)[0], { kind: "rotate", probability: 1, degrees: 25 });
  assert.deepEqual(removed(two, 0), [two[1]]);
  assert.deepEqual([none, one.length, two[0].degrees], [[], 1, 10]);
});

test("a card slides its numbers, and how often comes last", () => {
  assert.deepEqual(fieldsOf(entries[0]).map((field) => [field.name, field.scale]), [["degrees", "range"], ["probability", "range"]]);
  assert.equal(fieldsOf(entries[1])[0].scale, undefined);
});

test("the digit in hand is a pinned one, a picture, the strokes, or nobody's", () => {
  const state = { watched: "pad", strokes: [], picture: null, pins: [{ id: "pin-1", picture: "AA" }], samples: [] };
  assert.deepEqual(digitOf(state), {});
  assert.deepEqual(digitOf({ ...state, strokes: [1] }), { strokes: [1] });
  assert.deepEqual(digitOf({ ...state, strokes: [1], picture: { base64: "BB" } }), { picture: "BB" });
  assert.deepEqual(digitOf({ ...state, strokes: [1], watched: "pin-1" }), { picture: "AA" });
});

test("a folded group names what is done to the pictures; the defaults do nothing", () => {
  const field = { name: "augmentation", label: "Augmentation", type: "list", of: "augmentations", default: [] };
  const catalogue = { augmentations: entries, job: { fields: [field] } };
  assert.deepEqual(recipe(catalogue).augmentation, []);
  assert.equal(summaryOf({ name: "data", label: "Data", fields: [field] }, { augmentation: [{ kind: "rotate" }, { kind: "flip" }] }, catalogue), "rotate · flip");
});
