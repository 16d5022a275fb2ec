// What a training will receive, asked before it begins: the digit in hand as augmentation changes it, and its batches.
import { digitOf } from "../../core/augmentation.js";
import { ask, newest } from "../../lib/api.js";

const PACE = 300, CALM = 500; // milliseconds: from one digit to the next; after the last change of a job

/** @param {any} store */
export function preparing(store) {
  const change = newest((signal, body) => ask("POST", "augmented", body, { signal }));
  const deal = newest((signal, { job, epoch, batch }) => ask("POST", `batch?epoch=${epoch}&batch=${batch}`, job, { signal }));
  let tryKey = [], tryTimer = null, tried = -Infinity, dealKey = [], dealTimer = null, seed = 0;
  store.follow(followDigit);
  store.follow(followBatch);

  function followDigit(state) {
    const { job, drawer, watched, strokes, picture, pins, samples } = state, list = job.augmentation ?? [];
    const key = [drawer === "training", list, job.dataset.kind, watched, strokes, picture, pins, samples, seed];
    if (key.every((part, at) => part === tryKey[at])) return;
    tryKey = key;
    clearTimeout(tryTimer);
    if (drawer !== "training") return;
    if (!list.length) return void (state.tried && store.set({ tried: null }));
    tryTimer = setTimeout(tryDigit, Math.max(60, tried + PACE - performance.now()));
  }

  async function tryDigit() {
    const { state } = store, { augmentation, dataset } = state.job;
    tried = performance.now();
    try {
      const told = await change({ augmentation, dataset: dataset.kind, seed, ...digitOf(state) });
      if (told) store.set({ tried: told });
    } catch (problem) {
      if (state.tried) store.set({ tried: null }); // the estimate tells what is wrong, at its field
    }
  }

  function followBatch({ batch, job, history, checked, drawer }) {
    const isWanted = batch.isOpen && drawer === "training" && checked && !checked.problem;
    const key = [isWanted, batch.epoch, batch.batch, job, history.present];
    if (key.every((part, at) => part === dealKey[at])) return;
    const wait = dealKey[3] === job && dealKey[4] === history.present ? 0 : CALM;
    dealKey = key;
    clearTimeout(dealTimer);
    if (isWanted) dealTimer = setTimeout(dealBatch, wait);
  }

  async function dealBatch() {
    const { batch, job, history } = store.state;
    try {
      const told = await deal({ job: { ...job, network: history.present }, epoch: batch.epoch, batch: batch.batch });
      if (told) store.set({ batch: { ...store.state.batch, told, problem: null } });
    } catch (problem) {
      store.set({ batch: { ...store.state.batch, problem } });
    }
  }

  return {
    /** @param {{epoch?: number, batch?: number, isOpen?: boolean}} wish */
    see(wish) {
      const { batch } = store.state;
      if (Object.entries(wish).some(([name, value]) => batch[name] !== value)) store.set({ batch: { ...batch, ...wish } });
    },
    tryAgain() {
      seed = (seed + 1) % 1_000_000;
      store.set({});
    },
  };
}
