// The look loop of the page: what is watched, through which weights, which layers; and the frame on the next paint.
import { decode, probeOf } from "../../core/frame.js";
import { taskOf } from "../../core/measure.js";
import { FIELD, NEURONS, isPlane, jobShown, lastLayer, watchedOf } from "../../core/task.js";
import { isLive, looksBack, showsRun, weightsOf } from "../../core/situation.js";
import { createLooks } from "../../lib/looks.js";
import { openSocket } from "../../lib/socket.js";

const WATCHING = 1000, MARKS = 500, PATIENCE = 1500;

/** @param {any} store @param {{wishes: (state: any) => any[] | null, paint: (frame: any, state: any) => void, begun: () => void}} page */
export function looking(store, { wishes, paint, begun }) {
  const root = document.documentElement;
  let newest = null, due = false, painted = 0, isReady = false, withPins = true, isKnown = false, asked = 0, lostTimer = null;
  document.addEventListener("visibilitychange", () => document.hidden || look());
  const looks = createLooks({ write, send: (message) => socket.send(message), gaveUp });
  const socket = openSocket("/ws/probe/", { opened: begin, bytes: hear, json: hearProblem, lost });
  setInterval(keepWatching, WATCHING);

  function begin() {
    clearTimeout(lostTimer);
    lostTimer = null;
    if (store.state.away) store.set({ away: false });
    withPins = true;
    looks.restart();
  }

  /** A line that is back at once is no news. */
  function lost() {
    lostTimer ??= setTimeout(() => store.set({ away: true }), PATIENCE);
  }

  /** The server hangs: a new line, and a word unless it opens soon. */
  function gaveUp() {
    lost();
    socket.renew();
  }

  function write() {
    if (document.hidden) return null; // the server would keep it until somebody sees the page
    const { state } = store, network = state.checked?.network ?? state.history.present;
    const probes = isPlane(network) ? planesOf(network) : probesOf(state, withPins);
    withPins = false;
    asked = performance.now();
    return { network, weights: weightsOf(state), probes, layers: wishes(state) };
  }

  /** Asks for the newest state of everything; the number of the look that will carry it stands in data-request. */
  function look() {
    withPins = true;
    follow();
  }

  /** The same for the digit in hand alone: pinned ones do not change with a stroke. */
  function follow() {
    root.dataset.request = String(looks.ask());
  }

  function hear(buffer) {
    const frame = decode(buffer);
    looks.answered(frame.request);
    newest = frame;
    if (store.state.lookProblem) store.set({ lookProblem: null });
    if (frame.weights.step !== store.state.seenStep) store.set({ seenStep: frame.weights.step ?? null });
    if (!due) {
      due = true;
      requestAnimationFrame(show);
    }
  }

  function show() {
    due = false;
    const begin = performance.now();
    paint(newest, store.state);
    performance.measure("paint", { start: begin, end: performance.now() });
    root.dataset.frame = String(newest.request);
    performance.mark("painted", { detail: newest.request });
    painted += 1;
    if (painted % MARKS === 0) {
      performance.clearMarks("painted");
      performance.clearMeasures("paint");
    }
    if (!isReady && store.state.checked && newest.probes[0]?.layers.length > 1) {
      isReady = true;
      root.dataset.ready = "";
      begun();
    }
  }

  function hearProblem(message) {
    if (message.kind !== "problem") return;
    if (message.request != null) looks.answered(message.request);
    const { message: words } = message.problem;
    if (store.state.lookProblem !== words) store.set({ lookProblem: words });
  }

  /** A worker sends weights only while somebody looks: a page that shows a run looks at least once a second. */
  function keepWatching() {
    const { state } = store;
    if (document.hidden || !isLive(state.run) || !showsRun(state) || state.showUntrained || looksBack(state)) return;
    if (performance.now() - asked >= WATCHING) look();
  }

  return {
    look,
    follow,
    tryNow: () => socket.tryNow(),
    shown: () => probeOf(newest, watchedOf(store.state)),
    /** A line knows who opened it: after the first write, which makes a guest, it is opened anew. */
    known() {
      if (isKnown) return;
      isKnown = true;
      socket.renew();
    },
  };
}

/** The digit in hand with all its layers; pinned ones, where they are wanted, for their answers only. */
function probesOf(state, withPins) {
  const { watched, strokes, picture, pins, samples } = state, only = answersOf(state);
  const wanted = withPins ? pins : pins.filter((pin) => pin.id === watched);
  const pinned = wanted.map((pin) => ({ id: pin.id, picture: pin.picture, ...(pin.id === watched ? {} : only) }));
  if (pins.some((pin) => pin.id === watched)) return pinned;
  const sample = samples.find((one) => one.id === watched);
  if (sample) return [{ id: sample.id, picture: sample.picture }, ...pinned];
  return [picture ? { id: "pad", picture: picture.base64 } : { id: "pad", strokes }, ...pinned];
}

/** What is asked of a pinned digit: of many classes the probabilities alone, else what the last layer gives. */
function answersOf({ job, run, catalogue, history, checked }) {
  const name = lastLayer(checked);
  if (!name || taskOf(jobShown({ job, run, catalogue, history }), catalogue).family === "classes") return { answer_only: true };
  return { layers: [{ name, first: 0, count: 1, exact: true }] };
}

/** The plane twice: fine for what the network says, and coarser for each of its neurons. */
function planesOf({ layers }) {
  const last = layers[layers.length - 1]?.name;
  return [{ id: NEURONS, plane: 32 }, ...(last ? [{ id: FIELD, plane: 100, layers: [{ name: last, first: 0, count: 2, exact: true }] }] : [])];
}
