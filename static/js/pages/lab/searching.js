// Looking for better settings: what the server could change, how long that takes, and the study that begins.
import { ask, get, make, newest, post } from "../../lib/api.js";

/** @param {any} store @param {{toast: (text: string) => void, known: () => void}} page */
export function searching(store, { toast, known }) {
  const estimate = newest((signal, study) => ask("POST", "studies/estimate", withoutName(study), { signal }));

  /** What the question came to, or what is wrong with it. @param {() => Promise<any>} question */
  async function told(question) {
    try {
      return await question();
    } catch (problem) {
      return { problem };
    }
  }

  return {
    jobToSearch: () => ({ ...store.state.job, network: store.state.history.present }),
    /** @param {any} job @returns {Promise<any[] | null>} null where there is none to search with */
    async studyFields(job) {
      const found = await told(() => post("studies/fields", job));
      if (found.problem) toast(found.problem.message);
      return found.problem ? null : found;
    },
    foretellStudy: (study) => told(() => estimate(study)),
    async beginStudy(study) {
      const begun = await told(() => make("studies", study));
      if (!begun.problem) known();
      return begun;
    },
    async listStudies() {
      const found = await told(() => get("studies"));
      return found.problem ? [] : found;
    },
  };
}

function withoutName(study) {
  const { name: _, ...others } = study;
  return others;
}
