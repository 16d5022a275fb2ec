// The points of the plane that a job learns from, fetched anew where its data set or its split changes.
import { newest, post } from "../../lib/api.js";
import { isPlane, jobShown } from "../../core/task.js";

/** @param {any} store @param {{toast: (text: string) => void}} page */
export function plotting(store, { toast }) {
  const ask = newest((_signal, plane) => post("points", plane));
  let known = "";
  store.follow((state) => {
    const { dataset, validation, seed } = jobShown(state), entry = state.catalogue.datasets.find((one) => one.kind === dataset.kind);
    const wanted = isPlane(state.history.present) && entry?.shape?.length === 1 ? { dataset, validation: validation ?? null, seed } : null, key = JSON.stringify(wanted);
    if (key === known) return;
    known = key;
    if (wanted) fetchPoints(wanted);
    else store.set({ points: null });
  });

  async function fetchPoints(wanted) {
    try {
      const points = await ask(wanted);
      if (points) store.set({ points });
    } catch (problem) {
      toast(problem.message);
    }
  }
}
