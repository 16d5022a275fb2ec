// Training: a run is made, followed over its socket, paused, stopped; the page is a fold of what it says.
import { advance } from "../../core/history.js";
import { count } from "../../core/numbers.js";
import { isLive, looksBack, showsRun } from "../../core/situation.js";
import { HERE } from "../../core/timeline.js";
import { empty, fold, hasGap } from "../../core/transcript.js";
import { make, post } from "../../lib/api.js";
import { openSocket } from "../../lib/socket.js";

const RATE_PACE = 250, PATIENCE = 1500;
const MENDED = { worker_lost: "The worker was lost.", recovered: "The server can keep files again." };

/** @param {any} store @param {{look: () => void, known: () => void, toast: (text: string, does?: any) => void, address: () => void, recheck: (before: any) => any}} page */
export function running(store, { look, known, toast, address, recheck }) {
  let socket = null, rateTimer = null, lostTimer = null, told = "live";

  async function train() {
    const { history, job, name, saved, asking } = store.state;
    if (asking) return;
    store.set({ asking: "train" });
    try {
      const run = await make("runs", { ...job, network: history.present, name, ...(saved?.mine ? { saved_network: saved.id } : {}) });
      store.set({ problem: null, showUntrained: false });
      known();
      attach(run);
    } catch (problem) {
      refuse(problem);
    } finally {
      store.set({ asking: null });
    }
  }

  /** A job that can't be run: its field says so, in the panel that holds it. */
  function refuse(problem) {
    const isOfJob = problem.where?.length && problem.where[0] !== "layers" && problem.where[0] !== "network";
    if (problem.wait) wait(problem.wait);
    store.set({ problem, ...(isOfJob ? { drawer: "training", drawerOpen: true } : {}) });
    toast(problem.message);
  }

  /** Train rests for so many seconds, and the status line counts them. */
  function wait(seconds) {
    store.set({ waits: seconds });
    if (seconds > 0) setTimeout(() => wait(seconds - 1), 1000);
  }

  /** Follows a run from its first event. @param {any} run */
  function attach(run) {
    detach();
    told = "live";
    store.set({ run, transcript: empty(), link: "live", seenStep: null, ...HERE });
    address();
    socket = openSocket(`/ws/runs/${run.id}/`, {
      opened: (send) => send({ kind: "follow", after: store.state.transcript.seq }),
      json: hear,
      lost,
    });
    look();
  }

  function detach() {
    socket?.close();
    clearTimeout(lostTimer);
    socket = null;
  }

  function hear(message) {
    clearTimeout(lostTimer);
    lostTimer = null;
    heard[message.kind]?.(message);
    if (store.state.link !== told) store.set({ link: told });
  }

  const heard = {
    events({ events }) {
      const { transcript } = store.state;
      if (hasGap(transcript, events)) return socket.renew();
      const next = fold(transcript, events);
      store.set({ transcript: next });
      if (next.unread && !transcript.unread) toast(next.unread);
      if (transcript.started) tellOfMending(events);
      if (!transcript.step && next.step) look();
      if (next.ended && !transcript.ended) look();
    },
    state({ run, live }) {
      told = live === false ? "delayed" : "live";
      store.set({ run });
      look();
    },
    weights: () => showsRun(store.state) && !looksBack(store.state) && look(),
    problem: ({ problem }) => toast(problem.message),
  };

  /** Something went wrong and was put right; what was asked for is no news, nor is a turn. */
  function tellOfMending(events) {
    const back = events.filter((event) => event.kind === "resumed" && MENDED[event.reason]).pop();
    if (back) toast(`${MENDED[back.reason]} Training goes on from step ${count(back.step)}; nothing is missing.`);
  }

  function lost() {
    lostTimer ??= setTimeout(() => isLive(store.state.run) && store.set({ link: "offline" }), PATIENCE);
  }

  async function command(kind, more = {}) {
    const { run } = store.state;
    if (!run) return;
    try {
      store.set({ run: { ...run, ...(await post(`runs/${run.id}/commands`, { kind, ...more })) } });
    } catch (problem) {
      toast(problem.message);
    }
  }

  /** The slider speaks often; the run hears the newest a few times a second. */
  function setRate(lr) {
    if (!isLive(store.state.run) || !showsRun(store.state) || typeof lr !== "number" || !(lr > 0)) return;
    clearTimeout(rateTimer);
    rateTimer = setTimeout(() => command("set_lr", { lr }), RATE_PACE);
  }

  async function openTest() {
    store.set({ asking: "test" });
    await command("test");
    const seen = store.state.transcript.tested.length, giveUp = performance.now() + 60_000;
    const wait = setInterval(() => {
      if (store.state.transcript.tested.length === seen && performance.now() < giveUp) return;
      clearInterval(wait);
      store.set({ asking: null });
    }, 100);
  }

  /** Back to the first weights; the run stays where it is and can be had back. */
  function reset() {
    const { run } = store.state;
    if (!run) return;
    if (isLive(run)) command("stop");
    detach();
    store.set({ run: null, transcript: empty(), seenStep: null, showUntrained: false, ...HERE });
    address();
    look();
    toast("Back to the first weights", { word: "Undo", act: () => attach(run) });
  }

  async function backToRun() {
    const { run, history } = store.state;
    store.set({ history: advance(history, run.job.network) });
    await recheck(null);
  }

  async function calmer() {
    const { job, run } = store.state, { optimizer } = run.job;
    store.set({ job: { ...job, optimizer: { ...optimizer, lr: Number((optimizer.lr / 10).toPrecision(3)) } } });
    await train();
  }

  return {
    train, attach, detach, setRate, openTest, reset, backToRun, calmer,
    pause: () => command("pause"),
    resume: () => command("resume"),
    stop: () => command("stop"),
    tryNow: () => socket?.tryNow(),
  };
}
