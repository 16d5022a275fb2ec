// One state for the page: replaced, never changed in place. Followers are told once a frame.

/** @template {object} State @param {State} first */
export function createStore(first) {
  let state = first;
  let due = false;
  const followers = new Set();

  function tell() {
    due = false;
    for (const follow of followers) follow(state);
  }

  return {
    /** @returns {State} */
    get state() {
      return state;
    },
    /** @param {Partial<State>} change */
    set(change) {
      state = { ...state, ...change };
      if (!due) {
        due = true;
        requestAnimationFrame(tell);
      }
    },
    /** @param {(state: State) => void} follow @returns {() => void} ends it */
    follow(follow) {
      followers.add(follow);
      return () => followers.delete(follow);
    },
  };
}
