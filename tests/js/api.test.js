// What is made is made one after the other: the first thing made makes a guest as well.
import assert from "node:assert/strict";
import { test } from "node:test";

import { make } from "../../static/js/lib/api.js";

test("a second thing is not made before the first is there, and a refusal does not stop the next", async () => {
  const asked = [], answers = [];
  globalThis.document = /** @type {any} */ ({ cookie: "" });
  globalThis.fetch = /** @type {any} */ ((path) => {
    asked.push(path);
    return new Promise((resolve) => answers.push(resolve));
  });
  const json = (status, told) => ({ ok: status < 400, status, headers: new Headers({ "content-type": "application/json" }), json: async () => told });
  const settled = () => new Promise((resolve) => setTimeout(resolve));
  const network = make("networks", {}), run = make("runs", {});
  await settled();
  assert.deepEqual(asked, ["/api/networks"]);
  answers[0](json(422, { problem: { message: "No." } }));
  await assert.rejects(network, /No\./);
  await settled();
  assert.deepEqual(asked, ["/api/networks", "/api/runs"]);
  answers[1](json(201, { id: "one" }));
  assert.deepEqual(await run, { id: "one" });
});
