import assert from "node:assert/strict";
import { test } from "node:test";
import { openSocket } from "../../static/js/lib/socket.js";

const OPENING = 10_000;

/** A network, a clock and a page made up: `lines` are the sockets that were opened, `sleeps` the waits asked for. */
function world(chance = () => 0.5) {
  const lines = [], sleeps = [], told = [], listeners = new Set();
  const page = {
    hidden: false,
    addEventListener: (_, hear) => listeners.add(hear),
    removeEventListener: (_, hear) => listeners.delete(hear),
  };
  const make = (url) => {
    const line = { url, readyState: 0, sent: [], send: (text) => line.sent.push(JSON.parse(text)), close: () => line.onclose?.({}) };
    lines.push(line);
    return line;
  };
  const timers = [], clock = {
    setTimeout(act, after) {
      if (after !== OPENING) sleeps.push({ after });
      return timers.push({ act, after });
    },
    clearTimeout: (number) => number && (timers[number - 1].act = null),
  };
  const socket = openSocket("/ws/runs/1/", {
    opened: (send) => send({ kind: "follow", after: told.length }),
    json: (message) => told.push(message),
    bytes: (buffer) => told.push(buffer.byteLength),
    lost: () => told.push("lost"),
  }, { make, clock, page, chance });
  return {
    socket, lines, sleeps, told, page, listeners,
    open(line = lines.at(-1)) {
      line.readyState = 1;
      line.onopen();
      return line;
    },
    breakOff(line = lines.at(-1)) {
      line.readyState = 3;
      line.onclose({});
    },
    /** Lets the timer that was set last go off, unless it was taken back. */
    wake: () => timers.at(-1).act?.(),
    show(hidden) {
      page.hidden = hidden;
      for (const hear of [...listeners]) hear();
    },
  };
}

test("after each failure it waits longer, up to a bound, and never the same for all", () => {
  for (const [chance, factor] of [[0, 0.5], [0.5, 1], [0.999, 1.499]]) {
    const { lines, sleeps, breakOff, wake } = world(() => chance);
    for (let failure = 0; failure < 8; failure++) {
      breakOff();
      wake();
    }
    assert.deepEqual(sleeps.map(({ after }) => Math.round(after / factor)), [300, 600, 1200, 2400, 4800, 8000, 8000, 8000]);
    assert.equal(lines.length, 9);
  }
});

test("a server that breaks off as soon as it is reached is not asked ever faster; one that speaks is", () => {
  const { sleeps, open, breakOff, wake } = world();
  for (let time = 0; time < 3; time++) {
    open();
    breakOff();
    wake();
  }
  assert.deepEqual(sleeps.map(({ after }) => after), [300, 600, 1200]);
  const line = open();
  line.onmessage({ data: '{"kind":"state"}' });
  breakOff();
  assert.equal(sleeps.at(-1).after, 300);
});

test("it says again what it follows each time it is back, and hears text and bytes", () => {
  const { lines, told, open, breakOff, wake } = world();
  open().onmessage({ data: '{"kind":"events"}' });
  lines[0].onmessage({ data: new ArrayBuffer(7) });
  breakOff();
  wake();
  open();
  assert.deepEqual(told, [{ kind: "events" }, 7, "lost"]);
  assert.deepEqual(lines.map((line) => line.sent), [[{ kind: "follow", after: 0 }], [{ kind: "follow", after: 3 }]]);
});

test("a page that nobody sees says so, also on a new line, and tries at once when somebody is back", () => {
  const { lines, open, breakOff, show, wake } = world();
  open();
  show(true);
  show(false);
  assert.deepEqual(lines[0].sent.slice(1), [{ kind: "pace", hidden: true }, { kind: "pace", hidden: false }]);
  show(true);
  breakOff();
  wake();
  assert.deepEqual(open().sent, [{ kind: "follow", after: 1 }, { kind: "pace", hidden: true }]);
  breakOff();
  assert.equal(lines.length, 2);
  show(false);
  assert.equal(lines.length, 3);
  wake();
  assert.equal(lines.length, 3, "the wait that was under way is over");
});

test("closed, it stays away; nothing is sent on a line that is not open", () => {
  const { socket, lines, sleeps, listeners, open, breakOff } = world();
  assert.equal(socket.send({ kind: "look" }), false);
  open();
  assert.equal(socket.send({ kind: "look" }), true);
  breakOff();
  socket.tryNow();
  assert.equal(lines.length, 2);
  socket.close();
  socket.tryNow();
  assert.deepEqual([lines.length, sleeps.length, listeners.size], [2, 1, 0]);
});

test("renewed, it opens a new line at once and hears nothing more of the old one", () => {
  const { socket, lines, told, sleeps, open } = world();
  open();
  socket.renew();
  assert.equal(lines.length, 2);
  assert.equal(lines[0].onmessage, null);
  assert.deepEqual([told, sleeps], [[], []]);
});

test("a server that takes the line and says nothing is given up, and asked again later", () => {
  const { lines, sleeps, told, wake, open } = world();
  wake();
  assert.deepEqual([lines.length, told, sleeps.map(({ after }) => after)], [1, ["lost"], [300]]);
  wake();
  open();
  wake();
  assert.deepEqual([lines.length, told], [2, ["lost"]]);
});
