// A run is a fold of its events. Replaying, joining late and watching live are this one function.
const FORMAT = 1; // of transcripts: what `started` or `resumed` says holds for all events after it

/** @typedef {{epoch: number, step: number, loss: number | null, measure: number | null, best: boolean}} Validated
 *   `measure` is what tells how good it is: the accuracy, or what its task has instead */
/** @typedef {{
 *   seq: number, step: number, started: any, ended: any, tested: any[], epoch: number, lr: number | null,
 *   loss: (number | null)[], measure: (number | null)[], validated: Validated[], changes: {step: number, lr: number}[],
 *   unread: string | null, resumed: {step: number, reason: string}[], origin: string | null, imagesPerSecond: number | null, seconds: number, secondsLeft: number | null,
 * }} Transcript */

/** @returns {Transcript} of a run that has not said anything */
export const empty = () => ({
  seq: 0, step: 0, started: null, ended: null, tested: [], epoch: 0, lr: null, loss: [], measure: [], validated: [], changes: [],
  unread: null, resumed: [], origin: null, imagesPerSecond: null, seconds: 0, secondsLeft: null,
});

/** Events already folded are skipped, so a replay may overlap.
 * @param {Transcript} transcript @param {any[]} events in order @returns {Transcript} a new one; the old one stays as it was */
export function fold(transcript, events) {
  const news = events.filter((event) => event.seq > transcript.seq);
  if (!news.length) return transcript;
  const next = { ...transcript };
  for (const list of ["loss", "measure", "validated", "changes", "resumed", "tested"]) next[list] = [...transcript[list]];
  for (const event of news) {
    next.seq = event.seq;
    next.unread ??= unread(event);
    if (!next.unread) folds[event.kind]?.(next, event);
  }
  return next;
}

/** @param {Transcript} transcript @param {any[]} events @returns {boolean} whether events between were missed */
export const hasGap = (transcript, events) => events.length > 0 && events[0].seq > transcript.seq + 1;

/** @param {any} event @returns {string | null} what to say where it begins a transcript that this page can't read */
export const unread = ({ format }) => (format > FORMAT
  ? `This run has format ${format}; this page reads format ${FORMAT}. A newer playground made it: reload the page, or update this one.` : null);

const folds = {
  started(run, event) {
    Object.assign(run, { started: event, lr: event.lr, ended: null });
  },
  curves(run, event) {
    cut(run, event.first - 1);
    run.loss.push(...event.loss);
    run.measure.push(...(event.measure ?? event.accuracy));
    Object.assign(run, {
      step: run.loss.length, epoch: event.epoch, lr: event.lr, imagesPerSecond: event.images_per_second, seconds: event.seconds,
      secondsLeft: event.seconds_left,
    });
  },
  validated(run, event) {
    run.validated = run.validated.filter((other) => other.step < event.step);
    run.validated.push({ ...event, measure: event.measure ?? event.accuracy });
  },
  changed(run, event) {
    run.changes.push({ step: event.step, lr: event.lr });
    run.lr = event.lr;
  },
  resumed(run, event) {
    cut(run, event.step);
    run.validated = run.validated.filter((other) => other.step <= event.step);
    run.changes = run.changes.filter((other) => other.step <= event.step);
    run.resumed.push(event);
    Object.assign(run, { step: event.step, ended: null });
  },
  tested(run, event) {
    run.tested.push(event);
  },
  paused(run, event) {
    run.step = Math.max(run.step, event.step);
  },
  imported(run, event) {
    run.origin = event.origin;
  },
  finished: end, stopped: end, diverged: end, failed: end,
};

function end(run, event) {
  run.ended = event;
  if (event.seconds != null) run.seconds = event.seconds;
  run.secondsLeft = null;
}

function cut(run, length) {
  run.loss.length = Math.min(run.loss.length, length);
  run.measure.length = Math.min(run.measure.length, length);
}

/** @param {Transcript} transcript @returns {Validated | null} the epoch with the lowest validation loss */
export function best(transcript) {
  return transcript.validated.reduce((least, entry) => (entry.loss != null && (!least || entry.loss < least.loss) ? entry : least), null);
}

/** Points for a curve as wide as `buckets` pixels: the lowest and the highest of each, so that no spike is lost.
 * @param {(number | null)[]} values by step, the first is step 1 @param {number} from first step @param {number} to last step
 * @param {number} buckets @returns {{x: number[], y: (number | null)[]}} */
export function thin(values, from, to, buckets) {
  const first = Math.max(1, from), last = Math.min(values.length, to), size = Math.max(1, Math.ceil((last - first + 1) / buckets));
  const x = [], y = [];
  for (let start = first; start <= last; start += size) {
    for (const step of extremes(values, start, Math.min(last, start + size - 1))) {
      x.push(step);
      y.push(values[step - 1]);
    }
  }
  return { x, y };
}

function extremes(values, from, to) {
  if (to - from < 2) return from === to ? [from] : [from, to];
  let low = from, high = from;
  for (let step = from; step <= to; step++) {
    const value = values[step - 1];
    if (value == null) return [from, step, to];
    if (value < values[low - 1]) low = step;
    if (value > values[high - 1]) high = step;
  }
  return low === high ? [low] : low < high ? [low, high] : [high, low];
}

/** @param {(number | null)[]} values @param {number} step @param {number} [width] @returns {number | null} mean of the last batches */
export function recent(values, step, width = 50) {
  const part = values.slice(Math.max(0, step - width), step).filter((value) => value != null);
  return part.length ? part.reduce((sum, value) => sum + value, 0) / part.length : null;
}
