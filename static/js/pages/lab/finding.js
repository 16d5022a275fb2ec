// Looking for a learning rate: a run of its own, followed beside the one on the page.
import { foldSearch, isSearching, unsearched } from "../../core/finder.js";
import { rate } from "../../core/numbers.js";
import { hasGap } from "../../core/transcript.js";
import { make, partsOfServer, post } from "../../lib/api.js";
import { openSocket } from "../../lib/socket.js";

const PATIENCE = 1500, SILENCE = 3000; // milliseconds without a line to the server; without news, until the page asks whether a worker is there

/** @param {any} store @param {{known: () => void, toast: (text: string, does?: any) => void}} page */
export function finding(store, { known, toast }) {
  let socket = null, watch = null, lostTimer = null, heardAt = 0;

  const tell = (change) => store.set({ finder: { ...store.state.finder, ...change } });

  async function find() {
    const { history, job, name, finder } = store.state;
    if (isSearching(finder)) return;
    const asked = { network: history.present, job };
    store.set({ finder: { run: null, search: unsearched(), asked, asking: true, problem: null, link: "live", workers: true } });
    try {
      const run = await make("runs/find-rate", { ...job, network: history.present, name });
      tell({ run, asking: false });
      known();
      follow(run);
    } catch (problem) {
      tell({ problem, asking: false });
      if (problem.where?.length) store.set({ problem });
    }
  }

  function follow(run) {
    heardAt = performance.now();
    watch = setInterval(lookForWorkers, SILENCE);
    socket = openSocket(`/ws/runs/${run.id}/`, {
      opened: (send) => send({ kind: "follow", after: store.state.finder.search.seq }),
      json: hear,
      lost: () => (lostTimer ??= setTimeout(() => tell({ link: "offline" }), PATIENCE)),
    });
  }

  function hear(message) {
    clearTimeout(lostTimer);
    lostTimer = null;
    heardAt = performance.now();
    const { search } = store.state.finder;
    if (message.kind === "events" && hasGap(search, message.events)) return socket.renew();
    const news = { events: ({ events }) => ({ search: foldSearch(search, events) }), state: ({ run }) => ({ run }) }[message.kind]?.(message);
    tell({ link: "live", workers: true, ...news });
    if (!isSearching(store.state.finder)) rest();
  }

  function rest() {
    socket.close();
    clearInterval(watch);
  }

  /** Nobody says that no worker is there: the page asks where it hears nothing. */
  async function lookForWorkers() {
    if (document.hidden || performance.now() - heardAt < SILENCE) return;
    const parts = await partsOfServer();
    if (parts && isSearching(store.state.finder)) tell({ workers: parts.workers.ok || !parts.redis.ok });
  }

  async function stopFinding() {
    const { run } = store.state.finder;
    if (!run) return; // the question is still on its way
    try {
      await post(`runs/${run.id}/commands`, { kind: "stop" });
    } catch (problem) {
      toast(problem.message);
    }
  }

  function setRate(lr) {
    const { job } = store.state;
    store.set({ job: { ...job, optimizer: { ...job.optimizer, lr } }, problem: null });
  }

  function useRate(lr) {
    const before = store.state.job.optimizer.lr;
    if (before === lr) return;
    setRate(lr);
    toast(`The learning rate is ${rate(lr)}`, { word: "Undo", act: () => setRate(before) });
  }

  return { find, stopFinding, useRate };
}
