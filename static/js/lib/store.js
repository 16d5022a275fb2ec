// One state for the page: replaced, never changed in place. Followers are told once a frame.

/** @param {Object<string, any>} first */
export function createStore(first) {
  let state = first;
  let due = false;
  const followers = new Set();

  function tell() {
    due = false;
    for (const follow of followers) follow(state);
  }

  return {
    /** @returns {any} */
    get state() {
      return state;
    },
    /** @param {Object<string, any>} change */
    set(change) {
      state = { ...state, ...change };
      if (!due) {
        due = true;
        requestAnimationFrame(tell);
      }
    },
    /** @param {(state: any) => void} follow @returns {() => void} ends it */
    follow(follow) {
      followers.add(follow);
      return () => followers.delete(follow);
    },
  };
}
