// What the server says of a training before it begins: how its learning rate will go.
import { ask, newest } from "../../lib/api.js";
import { isLive, showsRun } from "../../core/situation.js";

const CALM = 500; // milliseconds after the last change
const UNTOLD = [404, 405]; // a server that does not tell this is not asked again

/** @param {any} store */
export function planning(store) {
  const rates = teller("schedule", (told) => store.set({ planned: told }), () => store.set({ planned: null }));
  if (store.state.catalogue.schedules) store.follow(follow);

  function follow(state) {
    rates.wish(state.drawer === "training" ? jobOf(state) : null, state);
  }
}

/** The job that Train would send; null where it could not, or where a run is being shown. */
function jobOf(state) {
  const { history, job, checked, readonly, run } = state;
  if (readonly || !checked || checked.problem || !history.present.layers.length || (isLive(run) && showsRun(state))) return null;
  return { ...job, network: history.present };
}

/** Asks when the person pauses, tells the newest answer, nothing while there is nothing to ask.
 * @param {string} path @param {(told: any) => void} tell @param {(problem: any) => void} refused */
function teller(path, tell, refused) {
  const question = newest((signal, job) => ask("POST", path, job, { signal }));
  let known = [], timer = null, told = false, isOver = false;

  async function put(job) {
    try {
      const answer = await question(job);
      if (answer) say(answer);
    } catch (problem) {
      isOver = UNTOLD.includes(problem.status);
      if (problem.where?.length) refuse(problem);
      else say(null);
    }
  }

  function say(answer) {
    if (answer || told) tell(answer);
    told = Boolean(answer);
  }

  function refuse(problem) {
    told = true;
    refused(problem);
  }

  return {
    /** @param {any} job @param {any} state what it was made of */
    wish(job, { history, job: recipe }) {
      const key = [Boolean(job), history.present, recipe];
      if (isOver || key.every((part, at) => part === known[at])) return;
      known = key;
      clearTimeout(timer);
      if (job) timer = setTimeout(() => put(job), CALM);
      else say(null);
    },
  };
}
