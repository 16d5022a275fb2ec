// Travelling through time: the whole page looks through the weights of an earlier step.
import { showsRun } from "../../core/situation.js";
import { beside, nearest, stopsOf } from "../../core/timeline.js";
import { get } from "../../lib/api.js";

const PLAY_PACE = 350, TOUCH_PACE = 1000; // milliseconds

/** @param {any} store @param {{look: () => void, address: () => void, toast: (text: string) => void}} page */
export function travelling(store, { look, address, toast }) {
  let known = "", timer = null, touched = -Infinity;
  store.follow(keep);

  /** Asks which steps are kept whenever there may be more of them. */
  function keep({ run, transcript }) {
    const key = run ? `${run.id} ${transcript.validated.length} ${transcript.ended ? "ended" : transcript.step > 0}` : "";
    if (key === known) return;
    known = key;
    if (run && transcript.step) fetchKeys(run);
  }

  async function fetchKeys({ id }) {
    const found = await get(`runs/${id}/keyframes`).catch((problem) => toast(problem.message));
    if (found && store.state.run?.id === id) store.set({ keys: found.steps });
  }

  const now = () => store.state.transcript.step;
  const stops = () => stopsOf(store.state.keys, now());

  function show(at) {
    if (at === store.state.at || !showsRun(store.state)) return;
    store.set({ at, showUntrained: false });
    address();
    look();
  }

  /** @param {number | null} at a step that is kept; null is now */
  function go(at) {
    pause();
    show(at);
  }

  function pause() {
    clearInterval(timer);
    timer = null;
    if (store.state.plays) store.set({ plays: false });
  }

  /** From where one is, or from the beginning, to now. */
  function play() {
    if (timer) return pause();
    if (store.state.at === null) show(0);
    store.set({ plays: true });
    timer = setInterval(() => {
      show(beside(stops(), store.state.at, 1));
      if (store.state.at === null) pause();
    }, PLAY_PACE);
  }

  /** Somebody is about to look back while the run goes on. */
  function touch() {
    const { run } = store.state;
    if (!run || performance.now() - touched < TOUCH_PACE) return;
    touched = performance.now();
    fetchKeys(run);
  }

  return { go, play, touch, seek: (step) => go(nearest(stops(), now(), step)), beside: (direction) => go(beside(stops(), store.state.at, direction)) };
}
