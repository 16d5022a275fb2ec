// What the server says of a training before it begins: how long it will take, how its learning rate will go, and how it is written.
import { ask, get, newest, post } from "../../lib/api.js";
import { isLive, showsRun, weightsOf } from "../../core/situation.js";
import { download } from "../../lib/download.js";

const CALM = 500, PACE = 4000; // milliseconds after the last change; and at least from one estimate to the next: each counts as a run made
const LANGUAGES = ["pytorch", "keras"];
const AGAIN = 60_000; // so long an estimate holds, because others come and go

/** @param {any} store @param {{toast: (text: string) => void}} page */
export function planning(store, { toast }) {
  const { doors = [] } = store.state.opening;
  const estimate = teller(doors, "runs/estimate", PACE, (told) => store.set({ estimate: told }));
  const rates = teller(doors, "schedule", 0, (told) => store.set({ planned: told?.problem ? null : told }));
  const codes = Object.fromEntries(LANGUAGES.map((language) => [language, teller(doors, "export", 0, (told) => told && store.set({ code: { ...told, language } }), `?as=${language}`)]));
  store.follow((state) => {
    const job = jobOf(state);
    estimate.wish(job, state);
    rates.wish(state.drawer === "training" ? job : null, state);
    for (const language of LANGUAGES) codes[language].wish(state.drawer === "code" && state.language === language ? scriptOf(state) : null, state);
  });
  setInterval(() => !document.hidden && estimate.again(jobOf(store.state)), AGAIN);

  return {
    /** The job on the page as a file of another kind. @param {string} kind @returns {Promise<{file: string, text: string} | null>} */
    async exportAs(kind) {
      try {
        return await post(`export?as=${kind}`, scriptOf(store.state));
      } catch (problem) {
        toast(problem.message);
        return null;
      }
    },

    /** The trained network on the page as a file for elsewhere. @param {string} form */
    async take(form) {
      const weights = weightsOf({ ...store.state, showUntrained: false });
      try {
        const place = weights.kind === "run" ? `runs/${weights.run}` : "ready";
        const file = await get(form === "run" ? `${place}/file` : `${place}/export?as=${form}`);
        download(file.name, file.content);
      } catch (problem) {
        toast(problem.message);
      }
    },
  };
}

/** The job that a script is made of: of the run that is shown, else of what is on the page. Alone, it opens the test set itself. */
function scriptOf(state) {
  const { history, job, checked, run } = state;
  if (!checked || checked.problem || !history.present.layers.length) return null;
  return { ...(showsRun(state) ? run.job : { ...job, network: history.present }), test: "at_end" };
}

/** The job that Train would send; null where it could not, or where a run is being shown. */
function jobOf(state) {
  const { history, job, checked, readonly, run } = state;
  if (readonly || !checked || checked.problem || !history.present.layers.length || (isLive(run) && showsRun(state))) return null;
  return { ...job, network: history.present };
}

/** Asks when the person pauses, and tells the newest answer: null while there is nothing to ask, `{problem}` where the job is refused.
 * @param {string[]} doors of this server @param {string} path @param {number} pace @param {(told: any) => void} tell
 * @param {string} [wish] behind the path */
function teller(doors, path, pace, tell, wish = "") {
  const question = newest((signal, job) => ask("POST", path + wish, job, { signal }));
  let known = [], timer = null, asked = -Infinity, told = null;
  const isThere = doors.includes(path);

  function say(answer) {
    if (answer === told) return;
    told = answer;
    tell(answer);
  }

  async function put(job) {
    asked = performance.now();
    try {
      say((await question(job)) ?? told);
    } catch (problem) {
      say(problem.where?.length ? { problem } : null);
    }
  }

  return {
    /** @param {any} job @param {any} state what it was made of */
    wish(job, { history, job: recipe }) {
      const key = [Boolean(job), history.present, recipe];
      if (!isThere || key.every((part, at) => part === known[at])) return;
      known = key;
      clearTimeout(timer);
      if (job) timer = setTimeout(() => put(job), Math.max(CALM, asked + pace - performance.now()));
      else say(null);
    },
    again: (job) => job && told && put(job),
  };
}
