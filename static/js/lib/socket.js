// A socket that comes back: JSON out, JSON or bytes in, waits longer after each failure, at once when the network returns.

const FIRST_WAIT = 300, LONGEST_WAIT = 8000;

/** @param {string} path @param {{opened?: (send: (message: any) => void) => void, json?: (message: any) => void,
 *   bytes?: (buffer: ArrayBuffer) => void, lost?: () => void}} hears
 * @param {{make?: (url: string) => any, clock?: any}} [parts] for tests */
export function openSocket(path, hears, { make = (url) => new WebSocket(url), clock = globalThis } = {}) {
  let socket = null, wait = FIRST_WAIT, timer = null, closed = false;

  function connect() {
    timer = null;
    socket = make(address(path));
    socket.binaryType = "arraybuffer";
    socket.onopen = () => {
      wait = FIRST_WAIT;
      hears.opened?.(send);
    };
    socket.onmessage = ({ data }) => (typeof data === "string" ? hears.json?.(JSON.parse(data)) : hears.bytes?.(data));
    socket.onclose = again;
  }

  function again() {
    socket = null;
    if (closed) return;
    hears.lost?.();
    timer = clock.setTimeout(connect, wait * (0.75 + Math.random() / 2));
    wait = Math.min(LONGEST_WAIT, wait * 2);
  }

  function send(message) {
    if (socket?.readyState !== 1) return false;
    socket.send(JSON.stringify(message));
    return true;
  }

  function tryNow() {
    if (closed || !timer) return;
    clock.clearTimeout(timer);
    connect();
  }

  connect();
  globalThis.addEventListener?.("online", tryNow);
  return {
    send,
    tryNow,
    /** Drops the line and connects again at once: for a gap, an answer that never came, a person who has got a session. */
    renew() {
      clock.clearTimeout(timer);
      if (socket) {
        socket.onopen = socket.onmessage = socket.onclose = null;
        socket.close();
      }
      connect();
    },
    close() {
      closed = true;
      clock.clearTimeout(timer);
      globalThis.removeEventListener?.("online", tryNow);
      socket?.close();
    },
  };
}

const address = (path) => {
  const here = globalThis.location;
  return here ? `${here.protocol === "https:" ? "wss" : "ws"}://${here.host}${path}` : path;
};
