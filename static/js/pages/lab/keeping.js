// Networks are kept as one works: made at the first edit, changed after that, always one request at a time.
import { begin } from "../../core/history.js";
import { recipe } from "../../core/recipe.js";
import { aimOf, jobForSaved, jobForTemplate } from "../../core/task.js";
import { HERE } from "../../core/timeline.js";
import { empty } from "../../core/transcript.js";
import { ask, get, make, post, put, remove } from "../../lib/api.js";

const CALM = 700;

/** @param {any} store @param {{toast: (text: string, does?: any) => void, look: () => void, recheck: (before: any) => any, attach: (run: any) => void,
 *   detach: () => void, replace: (network: any) => any}} page */
export function keeping(store, { toast, look, recheck, attach, detach, replace }) {
  let timer = null, under = Promise.resolve();

  addEventListener("pagehide", leave);

  function saved() {
    clearTimeout(timer);
    timer = setTimeout(() => (under = under.then(save)), CALM);
    tellKept(false);
  }

  /** Whether everything is kept, for whoever waits for it. */
  function tellKept(isKept) {
    document.documentElement.dataset.kept = isKept ? "yes" : "not yet";
  }

  /** Keeps at once what waits to be kept. */
  async function settle() {
    if (timer !== null) {
      clearTimeout(timer);
      under = under.then(save);
    }
    await under;
  }

  /** The page goes while an edit waits to be kept: it is sent all the same. */
  function leave() {
    const { name, history, saved: row } = store.state;
    if (timer !== null && row?.mine) ask("PUT", `networks/${row.id}`, { name, network: history.present, job: aimOf(store.state.job) }, { keepalive: true }).catch(() => undefined);
  }

  async function save() {
    timer = null;
    const { name, history, saved: row, readonly, job } = store.state;
    if (readonly) return;
    const kept = { name: name.trim() || "My network", network: history.present, job: aimOf(job) };
    try {
      const answer = row?.mine ? await put(`networks/${row.id}`, kept) : await make("networks", kept);
      store.set({ saved: answer });
      if (timer === null) tellKept(true);
      if (!row?.mine) address();
    } catch (problem) {
      toast(`Not saved: ${problem.message}`);
    }
  }

  /** The address leads back to what is on the page. */
  function address() {
    const { run, saved: row, at } = store.state;
    const query = run ? `?run=${run.id}${at === null ? "" : `&step=${at}`}` : row ? `?network=${row.id}` : "";
    globalThis.history.replaceState(null, "", location.pathname + query);
  }

  function show(network, change) {
    detach();
    store.set({ history: begin(network), checked: null, run: null, transcript: empty(), problem: null, seenStep: null, showUntrained: false, readonly: false, ...HERE,
      selection: { layer: "input", channel: null }, ...change });
    address();
    recheck(null);
    look();
  }

  async function openRun({ id }) {
    const run = await get(`runs/${id}`).catch((problem) => toast(problem.message));
    if (!run) return;
    show(run.job.network, { name: run.name, saved: null, readonly: !run.mine, job: recipe(store.state.catalogue, run.job) });
    attach(run);
  }

  /** A run that comes as a file. @param {File} file */
  async function bringRun(file) {
    try {
      await openRun(await make("runs/import", file));
      toast(`${store.state.name} is here, with its curves and weights`);
    } catch (problem) {
      toast(problem.message);
    }
  }

  async function forkSaved(row) {
    try {
      const copy = await make(`networks/${row.id}/fork`);
      show(copy.network, { name: copy.name, saved: copy });
    } catch (problem) {
      toast(problem.message);
    }
  }

  /** A copy that is mine: of a saved network, or of what is on the page. */
  async function fork() {
    const { saved: row, name, history } = store.state;
    if (row) return forkSaved(row);
    try {
      const copy = await make("networks", { name: `${name} copy`, network: history.present, job: aimOf(store.state.job) });
      show(copy.network, { name: copy.name, saved: copy });
    } catch (problem) {
      toast(problem.message);
    }
  }

  async function removeSaved(row) {
    try {
      await remove(`networks/${row.id}`);
      if (store.state.saved?.id === row.id) store.set({ saved: null });
      toast(`${row.name} deleted`, { word: "Undo", act: () => post(`networks/${row.id}/restore`).catch((problem) => toast(problem.message)) });
    } catch (problem) {
      toast(problem.message);
    }
  }

  async function listMine() {
    const [networks, runs] = await Promise.all([get("networks").catch(() => []), get("runs").catch(() => [])]);
    return { networks: networks.networks ?? networks, runs: runs.runs ?? runs };
  }

  /** A link for others. @returns {Promise<{address: string, text: string} | null>} */
  async function share() {
    const { run, readonly, at } = store.state;
    try {
      if (!run && !store.state.saved) await save();
      const { saved: row } = store.state, path = run ? `runs/${run.id}` : `networks/${row.id}`;
      if (!readonly) await post(`${path}/share`);
      const query = run ? `run=${run.id}${at === null ? "" : `&step=${at}`}` : `network=${row.id}`;
      return { address: `${location.origin}/lab/?${query}`, text: run ? "Whoever has this link sees this run and can make a copy." : "Whoever has this link sees this network and can make a copy." };
    } catch (problem) {
      toast(problem.message);
      return null;
    }
  }

  return {
    saved, settle, address, listMine, share, fork, forkSaved, removeSaved, openRun, bringRun,
    rename(name) {
      store.set({ name });
      saved();
    },
    open(template) {
      detach();
      const { job, catalogue } = store.state;
      store.set({ run: null, transcript: empty(), saved: null, name: template.label, selection: { layer: "input", channel: null }, job: jobForTemplate(template, job, catalogue) });
      replace(template.network);
      address();
    },
    openEmpty: () => show({ ...store.state.history.present, layers: [] }, { name: "New network", saved: null }),
    openSaved: (row) => show(row.network, { name: row.name, saved: row, readonly: row.mine === false, job: jobForSaved(row, store.state.job, store.state.catalogue) }),
  };
}
