// A socket that comes back: JSON out, JSON or bytes in. It waits longer after each failure, at once when the network or the
// person returns, and tells the server when nobody sees the page.

const FIRST_WAIT = 300, LONGEST_WAIT = 8000, OPENING = 10_000;

/** @param {string} path @param {{opened?: (send: (message: any) => void) => void, json?: (message: any) => void,
 *   bytes?: (buffer: ArrayBuffer) => void, lost?: () => void}} hears
 * @param {{make?: (url: string) => any, clock?: any, page?: any, chance?: () => number}} [parts] for tests */
export function openSocket(path, hears, { make = (url) => new WebSocket(url), clock = globalThis, page = globalThis.document, chance = Math.random } = {}) {
  let socket = null, wait = FIRST_WAIT, timer = null, closed = false;

  function connect() {
    timer = clock.setTimeout(giveUp, OPENING);
    socket = make(address(path));
    socket.binaryType = "arraybuffer";
    socket.onopen = () => {
      rest();
      hears.opened?.(send);
      if (page?.hidden) pace();
    };
    socket.onmessage = ({ data }) => {
      wait = FIRST_WAIT; // not when it opens: a server that breaks off at once would be asked without a pause
      if (typeof data === "string") hears.json?.(JSON.parse(data));
      else hears.bytes?.(data);
    };
    socket.onclose = again;
  }

  function rest() {
    clock.clearTimeout(timer);
    timer = null;
  }

  /** Drops a line without a word of it. */
  function drop() {
    if (!socket) return;
    socket.onopen = socket.onmessage = socket.onclose = null;
    socket.close();
  }

  /** A server that hangs takes the line and says nothing. */
  function giveUp() {
    drop();
    again();
  }

  function again() {
    socket = null;
    if (closed) return;
    rest();
    hears.lost?.();
    timer = clock.setTimeout(connect, wait * (0.5 + chance())); // by chance, so that a class does not come back as one
    wait = Math.min(LONGEST_WAIT, wait * 2);
  }

  function send(message) {
    if (socket?.readyState !== 1) return false;
    socket.send(JSON.stringify(message));
    return true;
  }

  const pace = () => send({ kind: "pace", hidden: page.hidden });

  function tryNow() {
    if (closed || socket) return;
    rest();
    connect();
  }

  function seen() {
    pace();
    if (!page.hidden) tryNow();
  }

  connect();
  globalThis.addEventListener?.("online", tryNow);
  page?.addEventListener("visibilitychange", seen);
  return {
    send,
    tryNow,
    /** Drops the line and connects again at once: for a gap, an answer that never came, a person who has got a session. */
    renew() {
      rest();
      drop();
      connect();
    },
    close() {
      closed = true;
      rest();
      globalThis.removeEventListener?.("online", tryNow);
      page?.removeEventListener("visibilitychange", seen);
      socket?.close();
    },
  };
}

const address = (path) => {
  const here = globalThis.location;
  return here ? `${here.protocol === "https:" ? "wss" : "ws"}://${here.host}${path}` : path;
};
