// The look loop: one look in flight, the newest wish wins, a lost answer is given up after a while.

const PATIENCE = 5000;

/** @param {{write: () => any, send: (message: any) => boolean, gaveUp?: () => void}} parts
 *   `write` makes the message at the moment of sending, so it is always the newest; null means nothing to look at
 * @param {any} [clock] */
export function createLooks({ write, send, gaveUp }, clock = globalThis) {
  let request = 0, flying = false, wanted = false, timer = null;

  function go() {
    const message = write();
    if (!message) {
      wanted = false;
      return;
    }
    if (!send({ kind: "look", request: request + 1, ...message })) return;
    request += 1;
    flying = true;
    wanted = false;
    timer = clock.setTimeout(lost, PATIENCE);
  }

  function land() {
    clock.clearTimeout(timer);
    flying = false;
    if (wanted) go();
  }

  function lost() {
    wanted = true;
    land();
    gaveUp?.();
  }

  return {
    /** Something changed. @returns {number} the request that will carry it */
    ask() {
      wanted = true;
      if (!flying) go();
      return wanted ? request + 1 : request;
    },
    /** An answer came. @param {number} answered @returns {boolean} whether it is of the look in flight */
    answered(answered) {
      if (!flying || answered !== request) return false;
      land();
      return true;
    },
    /** The line is new: what was in flight will not be answered. */
    restart() {
      clock.clearTimeout(timer);
      flying = false;
      wanted = true;
      go();
    },
    get request() {
      return request;
    },
  };
}
