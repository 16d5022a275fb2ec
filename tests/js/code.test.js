import assert from "node:assert/strict";
import { test } from "node:test";
import { layersByLine, tinted } from "../../static/js/core/code.js";

const kinds = (line) => tinted(line).filter(({ kind }) => kind).map(({ text, kind }) => `${kind} ${text}`);

test("a line keeps every character", () => {
  for (const line of ["", "    for i in range(1, 20):", 'f"{name}: loss {loss:.4f}"', "x = x + 1  # skip", "é = 'a' # \"b\""]) {
    assert.equal(tinted(line).map(({ text }) => text).join(""), line);
  }
});

test("words, numbers, texts and comments are told apart", () => {
  assert.deepEqual(kinds("    for i in range(1, 20):"), ["word for", "word in", "number 1", "number 20"]);
  assert.deepEqual(kinds("seed = 42 * 1_000_003 + epoch"), ["number 42", "number 1_000_003"]);
  assert.deepEqual(kinds("network.conv2 = nn.Conv2d(8, 1e-05)"), ["number 8", "number 1e-05"]);
  assert.deepEqual(kinds('measure(f"epoch {epoch} #1", "for")  # for 3'), ['text f"epoch {epoch} #1"', 'text "for"', "comment # for 3"]);
  assert.deepEqual(kinds("import_of = form.information"), []);
});

test("a line knows its layer", () => {
  assert.equal(layersByLine({ conv1: 4, relu1: 5 }).get(5), "relu1");
  assert.equal(layersByLine({}).get(0), undefined);
});
