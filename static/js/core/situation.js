// What the page is about right now: one word, the facts of the status line, and what the filled button does.
import { count, duration, ordinal, percent, roughly, shapeText } from "./numbers.js";
import { measureOf, measured } from "./measure.js";
import { best } from "./transcript.js";
import { same } from "./network.js";

/** @typedef {"readonly" | "empty" | "problem" | "untrained" | "ready" | "queued" | "starting" | "running" | "paused" | "finished"
 *   | "stopped" | "diverged" | "failed"} Situation */
/** @typedef {{strong?: string, text?: string, minor?: boolean, bad?: boolean, live?: boolean}} Fact */

const LATELY = 500; // steps
const LIVE = ["queued", "running", "paused"];

/** @param {any} run @returns {boolean} */
export const isLive = (run) => Boolean(run && LIVE.includes(run.status));

/** @param {any} state @returns {boolean} whether the network on the page is the one of the run */
export const showsRun = (state) => Boolean(state.run && same(state.history.present, state.run.job.network, state.catalogue));

/** @param {any} state @returns {boolean} whether the network was edited after its run was made */
export const isDraft = (state) => Boolean(state.run && !showsRun(state));

/** @param {any} state @returns {Situation} */
export function situation(state) {
  if (state.run && showsRun(state)) return state.readonly && !isLive(state.run) ? "readonly" : ofRun(state);
  if (state.readonly) return "readonly";
  if (!state.history.present.layers.length) return "empty";
  if (state.checked?.problem) return "problem";
  return same(state.history.present, state.opening.ready?.network, state.catalogue) ? "ready" : "untrained";
}

function ofRun({ run, transcript }) {
  if (run.status === "running") return transcript.step ? "running" : "starting";
  return run.status;
}

/** @param {any} state @returns {boolean} whether the page looks at an earlier step of its run */
export const looksBack = (state) => state.at != null && showsRun(state) && !state.showUntrained;

/** Which weights to look through. @param {any} state @returns {any} the W of a look */
export function weightsOf(state) {
  const seed = { kind: "initial", seed: state.job.seed };
  if (state.run && showsRun(state)) {
    if (looksBack(state)) return { kind: "run", run: state.run.id, step: state.at };
    if (state.showUntrained || !state.transcript.step) return { kind: "initial", seed: state.run.job.seed };
    return { kind: "run", run: state.run.id, step: null };
  }
  if (state.showUntrained) return seed;
  return same(state.history.present, state.opening.ready?.network, state.catalogue) ? { kind: "ready" } : seed;
}

/** @param {any} state @returns {boolean} whether there are trained weights to switch to */
export const hasTrained = (state) => weightsOf({ ...state, showUntrained: false }).kind !== "initial";

/** @param {any} state @returns {Fact[]} most important first */
export function facts(state) {
  const now = situation(state);
  const told = isUnseen(state) ? unseen(state) : writers[now](state);
  return state.waits && (now === "untrained" || now === "ready") ? [fact(`Wait ${state.waits}\u00a0s`, "then Train again"), ...told] : told;
}

const fact = (strong, text = "", more = {}) => ({ strong, text, ...more });

/** A running run whose news do not come: what was seen last. */
const unseen = ({ run, transcript: { started, step, epoch } }) => [
  fact(`epoch ${epoch} of ${started?.epochs ?? run.job.epochs}`), fact(count(step), "last step seen"),
];

const writers = {
  empty: () => [{ text: "Add a layer to begin" }],
  problem: (state) => [fact("1 problem", "", { bad: true }), { text: placeOf(state) }],
  untrained: (state) => [fact("Ready to train"), ...outlook(state), ...plan(state)],
  ready: (state) => [
    fact("Already trained"),
    ...(state.opening.ready.accuracy != null ? [fact(percent(state.opening.ready.accuracy), "of test digits right")] : []),
    { text: "Train starts it anew", minor: true }, ...outlook(state),
  ],
  queued: ({ run }) => [
    fact(run.place > 1 ? `${ordinal(run.place)} in line` : "Next in line", run.place > 1 || run.wait_seconds != null ? "" : "waiting for a worker"),
    ...(run.wait_seconds != null ? [fact(roughly(run.wait_seconds), "until it starts")] : []),
    ...(run.estimate_seconds != null ? [fact("", `then ${roughly(run.estimate_seconds)} of training`, { minor: true })] : []),
  ],
  starting: () => [fact("Starting", "getting the images ready", { live: true })],
  running: ({ run, transcript: { started, step, epoch, imagesPerSecond, secondsLeft, resumed } }) => [
    fact(`epoch ${epoch} of ${started?.epochs ?? run.job.epochs}`, "", { live: true }),
    fact(count(step), started ? `of ${count(started.steps)} steps` : "steps"),
    ...(imagesPerSecond ? [fact(count(imagesPerSecond), "images/s")] : []),
    ...(secondsLeft != null ? [fact(duration(secondsLeft), "left")] : []), ...continued(resumed, step),
  ],
  paused: ({ run, transcript }) => [
    ...(run.pause_reason ? [fact("The server paused it", "", { bad: true })] : []),
    fact(`Paused at ${count(transcript.step)}`, transcript.started ? `of ${count(transcript.started.steps)} steps` : ""),
  ],
  finished: (state) => [fact("Finished"), ...outcome(state)],
  stopped: (state) => [fact("Stopped early"), ...outcome(state)],
  diverged: ({ transcript }) => [
    fact(`Diverged at step ${count(transcript.ended?.step ?? transcript.step)}`, "", { bad: true }), { text: "the loss is no longer a number" },
  ],
  failed: ({ transcript }) => [fact(`Failed at step ${count(transcript.step)}`, "", { bad: true }), ...(transcript.step ? [{ text: "what was learned until then is here" }] : [])],
  readonly: (state) => (state.run ? writers[state.run.status](state) : [fact("To look at"), { text: "a copy is yours to change" }]),
};

/** What the server expects of a training that was not begun. */
const outlook = ({ estimate }) => (estimate?.said ? [{ text: estimate.said }] : []);

/** @param {any} state @returns {boolean} whether a run goes on whose news do not come */
export const isUnseen = (state) => situation(state) === "running" && (state.link !== "live" || Boolean(state.away));

/** @param {{step: number, reason: string}} resumed @returns {boolean} whether something had gone wrong; a turn of others is no such thing */
export const isMended = ({ reason }) => reason === "worker_lost" || reason === "recovered";

/** For a while after a lost worker the line says where training went on. */
function continued(resumed, step) {
  const last = resumed[resumed.length - 1];
  return last && isMended(last) && step - last.step < LATELY ? [fact("", `went on from step ${count(last.step)}`, { minor: true })] : [];
}

function plan({ job, catalogue, checked }) {
  const label = catalogue.datasets.find((entry) => entry.kind === job.dataset.kind)?.label ?? job.dataset.kind;
  const size = job.dataset.size ? `${count(job.dataset.size)} images` : "";
  return [
    fact(label, size), fact(String(job.epochs), job.epochs === 1 ? "epoch" : "epochs"), fact(String(job.batch_size), "a batch", { minor: true }),
    ...(checked?.parameters ? [fact(count(checked.parameters), "parameters", { minor: true })] : []),
  ];
}

function outcome({ transcript, run, catalogue }) {
  const last = transcript.validated[transcript.validated.length - 1], star = best(transcript), measure = measureOf(run.job, catalogue);
  const found = transcript.ended?.validation_measure ?? transcript.ended?.validation_accuracy ?? last?.measure;
  return [
    ...(found != null ? [fact(measured(found, measure), measure.accuracy ? "validation" : `${measure.name} in validation`)] : []),
    ...(star && last && star.step !== last.step ? [fact(`★ ${measured(star.measure, measure)}`, `least loss, epoch ${star.epoch}`, { minor: true })] : []),
    fact(count(transcript.step), "steps"), fact(duration(transcript.seconds)),
    ...(transcript.origin ? [fact("", `from ${transcript.origin}`, { minor: true })] : []),
  ];
}

/** @param {any} state @returns {string} such as: between flatten (1,568) and conv2 */
export function placeOf({ history, checked }) {
  const layers = history.present.layers, at = checked.stages.length, above = checked.stages[at - 1], below = layers[at];
  const from = above ? `${above.name} (${shapeText(above.shape)})` : `input (${shapeText(history.present.input)})`;
  return below ? `between ${from} and ${below.name ?? below.kind}` : `after ${from}`;
}

/** The one filled button. @param {any} state @returns {{act: string, word: string, icon: string, rests?: boolean}} */
export function mainAct(state) {
  const now = situation(state);
  if (state.readonly) return { act: "copy", word: "Make a copy", icon: "copy" };
  if (now === "queued") return { act: "stop", word: "Leave the line", icon: "clear" };
  if (now === "starting" || now === "running") return { act: "pause", word: "Pause", icon: "pause" };
  if (now === "paused") return { act: "resume", word: "Go on", icon: "play", rests: Boolean(state.run.pause_reason) };
  return { act: "train", word: "Train", icon: "play", rests: now === "empty" || now === "problem" || state.asking === "train" || state.waits > 0 };
}
