// Undo and redo over whole networks. The present is what the person sees; equal edits in a row are one step.

/** @typedef {import("./network.js").Network} Network */
/** @typedef {{past: Network[], present: Network, future: Network[], mark: string | null}} History */

const DEPTH = 200;

/** @param {Network} network @returns {History} */
export const begin = (network) => ({ past: [], present: network, future: [], mark: null });

/** A new present. Edits with the same mark (typing into one field) become one step of undo.
 * @param {History} history @param {Network} network @param {string | null} [mark] @returns {History} */
export function advance(history, network, mark = null) {
  if (network === history.present) return history;
  const past = mark && mark === history.mark ? history.past : [...history.past, history.present].slice(-DEPTH);
  return { past, present: network, future: [], mark };
}

/** The same present, better written (named by the check): no step of its own. @param {History} history @param {Network} network */
export const settle = (history, network) => ({ ...history, present: network });

/** @param {History} history @returns {History} the end of a row of equal edits */
export const seal = (history) => (history.mark ? { ...history, mark: null } : history);

/** @param {History} history @returns {History} */
export function undo(history) {
  if (!history.past.length) return history;
  return { past: history.past.slice(0, -1), present: history.past[history.past.length - 1], future: [history.present, ...history.future], mark: null };
}

/** @param {History} history @returns {History} */
export function redo(history) {
  if (!history.future.length) return history;
  return { past: [...history.past, history.present], present: history.future[0], future: history.future.slice(1), mark: null };
}
