import assert from "node:assert/strict";
import { test } from "node:test";
import { amount, count, duration, percent, plain, rate, shapeText, short, shortest, signed, roughly, unbroken, when } from "../../static/js/core/numbers.js";

test("100 % is said only when it is exact", () => {
  assert.equal(percent(1), "100.0\u202f%");
  assert.equal(percent(0.9999), ">\u202f99.9\u202f%");
  assert.equal(percent(0.99996, 2), ">\u202f99.99\u202f%");
  assert.equal(percent(0.9994), "99.9\u202f%");
  assert.equal(percent(0.97056, 2), "97.06\u202f%");
  assert.equal(percent(0), "0.0\u202f%");
});

test("a written zero has no sign", () => {
  assert.equal(signed(-0.004), "0.00");
  assert.equal(signed(-0.006), "−0.01");
  assert.equal(signed(1.779, 3), "+1.779");
  assert.equal(plain(-0.0004, 3), "0.000");
  assert.equal(plain(-2.5, 1), "−2.5");
});

test("numbers in a narrow place stay short", () => {
  assert.deepEqual([0, 4.24, -13.2, 0.123, -0.0421, 9.96].map(short), ["0.0", "4.2", "−13", "0.12", "−0.04", "10"]);
  assert.deepEqual([0, -0.73, 4.24, -13.2, 10.4].map(shortest), [".0", "−.7", "4.2", "−13", "10"]);
});

test("counts have groups, amounts units, shapes no breaks", () => {
  assert.equal(count(1719.6), "1,720");
  assert.deepEqual([999, 56_448, 1_234_567, 12_345_678, 2.5e9].map(amount), ["999", "56\u00a0k", "1.2\u00a0M", "12\u00a0M", "2.5\u00a0G"]);
  assert.equal(shapeText([8, 28, 1568]), "8\u00a0×\u00a028\u00a0×\u00a01,568");
});

test("a sign between two numbers never begins or ends a line", () => {
  assert.equal(unbroken("keeps the size at 3 × 3. Squashes into 0 … 1."), "keeps the size at 3\u00a0×\u00a03. Squashes into 0\u00a0…\u00a01.");
});

test("a time of today is a time, an earlier one a day", () => {
  const now = new Date(2026, 10, 21, 18, 0);
  assert.deepEqual([new Date(2026, 10, 21, 9, 5), new Date(2026, 10, 20, 23, 59), new Date(2025, 1, 3)].map((time) => when(time.toISOString(), now)),
    ["9:05", "20 Nov", "3 Feb 2025"]);
});

test("durations carry over into minutes and hours", () => {
  assert.deepEqual([2.14, 59.96, 65.2, 119.7, 7_383].map(duration), ["2.1\u00a0s", "1\u00a0min 0\u00a0s", "1\u00a0min 5\u00a0s", "2\u00a0min 0\u00a0s", "2\u00a0h 3\u00a0min"]);
});

test("learning rates read as people write them", () => {
  assert.deepEqual([0.001, 0.0003, 3e-5, 1, 0.012345].map(rate), ["0.001", "0.0003", "3e-5", "1", "0.0123"]);
});

test("estimates are told as roughly as they are known", () => {
  assert.deepEqual([3, 41, 61, 200, 5000, 9000].map(roughly), ["a few seconds", "about 40\u00a0s", "about 1\u00a0min", "about 3\u00a0min", "about 83\u00a0min", "about 3\u00a0h"]);
});
