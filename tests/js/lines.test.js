import assert from "node:assert/strict";
import { test } from "node:test";
import { createLooks } from "../../static/js/lib/looks.js";
import { openSocket } from "../../static/js/lib/socket.js";

/** A clock that moves only when it is told to. */
function clockOf() {
  let now = 0, timers = [];
  return {
    setTimeout: (act, wait) => timers.push({ act, at: now + wait }) && timers[timers.length - 1],
    clearTimeout: (timer) => (timers = timers.filter((one) => one !== timer)),
    pass(time) {
      now += time;
      const due = timers.filter((one) => one.at <= now);
      timers = timers.filter((one) => one.at > now);
      for (const { act } of due) act();
    },
  };
}

function loopOf({ open = true } = {}) {
  const sent = [], clock = clockOf(), wish = { value: "a" };
  let gaveUp = 0;
  const looks = createLooks({ write: () => ({ wish: wish.value }), send: (message) => open && sent.push(message) > 0, gaveUp: () => (gaveUp += 1) }, clock);
  return { looks, sent, clock, wish, gaveUps: () => gaveUp };
}

test("one look is in flight, and the newest wish follows it", () => {
  const { looks, sent, wish } = loopOf();
  assert.equal(looks.ask(), 1);
  wish.value = "b";
  assert.equal(looks.ask(), 2);
  wish.value = "c";
  assert.equal(looks.ask(), 2);
  assert.deepEqual(sent.map((message) => message.wish), ["a"]);
  assert.ok(looks.answered(1));
  assert.deepEqual(sent.map((message) => [message.request, message.wish]), [[1, "a"], [2, "c"]]);
  looks.answered(2);
  assert.equal(sent.length, 2);
});

test("an answer that nobody waits for changes nothing", () => {
  const { looks, sent } = loopOf();
  looks.ask();
  assert.ok(!looks.answered(7));
  looks.ask();
  assert.equal(sent.length, 1);
});

test("a lost answer is given up and asked anew", () => {
  const { looks, sent, clock, gaveUps } = loopOf();
  looks.ask();
  clock.pass(6000);
  assert.equal(gaveUps(), 1);
  assert.deepEqual(sent.map((message) => message.request), [1, 2]);
});

test("a new line asks again for what was in flight", () => {
  const { looks, sent } = loopOf();
  looks.ask();
  looks.restart();
  assert.deepEqual(sent.map((message) => message.request), [1, 2]);
});

function lineOf() {
  const made = [], clock = clockOf(), heard = [];
  const socket = openSocket("/ws/x/", { opened: (send) => heard.push(["opened", send({ kind: "follow" })]), json: (message) => heard.push(["json", message]), bytes: (buffer) => heard.push(["bytes", buffer.byteLength]), lost: () => heard.push(["lost"]) },
    { make: () => made[made.push({ readyState: 0, sent: [], send(text) { this.sent.push(text); }, close() { this.onclose?.(); } }) - 1], clock, chance: () => 0.5 });
  const open = (line) => {
    line.readyState = 1;
    line.onopen();
  };
  return { made, clock, heard, socket, open };
}

test("a line that breaks comes back, waiting longer each time, at once when asked", () => {
  const { made, clock, heard, socket, open } = lineOf();
  open(made[0]);
  made[0].onclose();
  assert.deepEqual(heard.map(([what]) => what), ["opened", "lost"]);
  clock.pass(400);
  assert.equal(made.length, 2);
  made[1].onclose();
  clock.pass(400);
  assert.equal(made.length, 2);
  socket.tryNow();
  assert.equal(made.length, 3);
  open(made[2]);
  assert.deepEqual(made[2].sent, ['{"kind":"follow"}']);
});

test("text is read as JSON, bytes are passed on, nothing is sent on a closed line", () => {
  const { made, heard, socket, open } = lineOf();
  assert.equal(socket.send({ a: 1 }), false);
  open(made[0]);
  made[0].onmessage({ data: '{"kind":"state"}' });
  made[0].onmessage({ data: new ArrayBuffer(3) });
  assert.deepEqual(heard.slice(1), [["json", { kind: "state" }], ["bytes", 3]]);
});

test("a closed socket stays closed", () => {
  const { made, clock, heard, socket, open } = lineOf();
  open(made[0]);
  socket.close();
  clock.pass(60_000);
  assert.equal(made.length, 1);
  assert.ok(!heard.some(([what]) => what === "lost"));
});

test("a renewed line is a new one, and nobody hears that the old one went", () => {
  const { made, heard, socket, open } = lineOf();
  open(made[0]);
  socket.renew();
  assert.equal(made.length, 2);
  open(made[1]);
  assert.deepEqual(heard.map(([what]) => what), ["opened", "opened"]);
});
