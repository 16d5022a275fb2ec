import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { decode, fromBase64, layerOf, numbers, probeOf, toBase64, valueAt } from "../../static/js/core/frame.js";

const golden = (name) => readFileSync(new URL(`../golden/${name}`, import.meta.url));
const bufferOf = (file) => file.buffer.slice(file.byteOffset, file.byteOffset + file.length);

/** A frame put together by hand. */
function frameOf(header, body) {
  const text = new TextEncoder().encode(JSON.stringify(header)), length = Math.ceil((4 + text.length) / 4) * 4 - 4;
  const bytes = new Uint8Array(4 + length + body.length).fill(32, 4, 4 + length);
  new DataView(bytes.buffer).setUint32(0, length, true);
  bytes.set(text, 4);
  bytes.set(body, 4 + length);
  return bytes.buffer;
}

test("the golden frame reads as the Python test wrote it", () => {
  const frame = decode(bufferOf(golden("frame.bin"))), told = JSON.parse(golden("frame.json"));
  for (const part of ["format", "kind", "request", "weights"]) assert.deepEqual(frame[part], told.header[part]);
  assert.deepEqual(frame.probes.map(({ id, digit, probabilities, blank, box }) => ({ id, digit, probabilities, blank, box })),
    told.header.probes.map(({ id, digit, probabilities, blank, box }) => ({ id, digit, probabilities, blank, box })));
  const read = new Map(frame.probes.flatMap((probe) => [...probe.pictures, ...probe.layers].map((block) => [`${probe.id}/${block.name}`, block])));
  assert.deepEqual([...read.keys()].sort(), Object.keys(told.numbers).sort());
  for (const [name, block] of read) compareNumbers(name, Array.from(numbers(block)), told.numbers[name].flat(Infinity));
});

function compareNumbers(name, read, told) {
  assert.equal(read.length, told.length, name);
  read.forEach((value, at) => assert.ok(Math.abs(value - told[at]) <= 1e-6 * Math.max(1, Math.abs(told[at])), `${name}[${at}]: ${value} for ${told[at]}`));
}

test("bytes mean numbers between the low and the high of their own picture", () => {
  const block = { name: "conv1", shape: [5, 1, 2], first: 1, count: 2, encoding: "uint8", offset: 0, length: 4, low: [-2, 0], high: [3, 0.5], top: 3 };
  const { probes } = decode(frameOf({ format: 1, kind: "frame", request: 9, probes: [{ id: "pad", layers: [block] }] }, [0, 255, 51, 102]));
  const read = layerOf(probes[0], "conv1");
  assert.deepEqual([0, 1, 2, 3].map((at) => Number(valueAt(read, at).toFixed(6))), [-2, 3, 0.1, 0.2]);
  assert.deepEqual(probes[0].pictures, []);
});

test("floats are read where they lie, without a copy", () => {
  const body = new Uint8Array(new Float32Array([1.25, -7e-9, 3e12]).buffer);
  const block = { name: "linear1", shape: [3], first: 0, count: 1, encoding: "float32", offset: 0, length: 12, low: [0], high: [0], top: 3e12 };
  const buffer = frameOf({ format: 1, kind: "frame", request: 1, probes: [{ id: "pin-2", layers: [block] }] }, body);
  const read = layerOf(probeOf(decode(buffer), "pin-2"), "linear1");
  assert.equal(read.values.buffer, buffer);
  assert.deepEqual(Array.from(read.values), Array.from(new Float32Array([1.25, -7e-9, 3e12])));
});

test("a frame of another format is refused", () => {
  assert.throws(() => decode(frameOf({ format: 2, probes: [] }, [])), /format 2/);
});

test("what is not in a frame is null", () => {
  assert.equal(probeOf(null, "pad"), null);
  assert.equal(layerOf(null, "conv1"), null);
});

test("base64 there and back", () => {
  const bytes = Uint8Array.from({ length: 784 }, (_, at) => (at * 37) % 256);
  assert.deepEqual(fromBase64(toBase64(bytes)), bytes);
});
