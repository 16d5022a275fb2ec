// What the row of each layer says, made from the catalogue and the check.
import { indexOf, sourcesOf } from "../core/network.js";
import { isPlane } from "../core/task.js";
import { arcsOf, foldsOf, isLong, readsAbove } from "../core/stack.js";

const INPUT = "input", PLANE = 32; // points of the edge of a neuron’s map of the plane

/** @typedef {import("../views/card.js").Row & {fold: {words: string, names: string[]} | null}} StackRow */

/** @param {any} catalogue */
export function rowsMaker(catalogue) {
  const entries = new Map(catalogue.layers.map((entry) => [entry.kind, entry]));

  /** @param {any} state @param {Set<string>} open cards with all their pictures @param {Set<string>} unfolded names of the first layers of folds
   * @returns {{rows: StackRow[], arcs: import("../core/stack.js").Arc[]}} folded layers have no row; the first of them stands for all */
  function rowsOf({ checked, selection, readonly }, open, unfolded) {
    const { network, stages, problem } = checked, { layers } = network, chosen = indexOf(network, selection.layer);
    const isTall = isLong(layers.length + 1) && !problem;
    const folds = problem ? [] : foldsOf(layers, stages).filter((fold) => !unfolded.has(layers[fold.from].name) && !(fold.from <= chosen && chosen < fold.to));
    const common = (name) => ({ name, isSelected: selection.layer === name, channel: selection.channel, rests: readonly, isOpen: open.has(name), fold: null });
    const onPlane = isPlane(network), drawnAs = (shape) => (onPlane && shape?.length === 1 ? [shape[0], PLANE, PLANE] : shape);
    const input = { ...common(INPUT), subtitle: onPlane ? "a point: x, y" : "your drawing", title: onPlane ? "How far right, how far up" : "The picture that the network receives",
      shape: network.input, drawn: drawnAs(network.input), parameters: 0, waits: null,
      isAmount: !onPlane, isLine: false, isFrozen: "", isApart: false, leads: !layers.length || readsAbove(network, 0) };
    const rows = layers.map((layer, at) => ({
      ...common(layer.name), subtitle: subtitleOf(layer), title: titleOf(layer, network, at), shape: stages[at]?.shape ?? null, drawn: drawnAs(stages[at]?.shape ?? null), parameters: stages[at]?.parameters ?? 0,
      waits: at < stages.length ? null : at === stages.length && problem ? "does not fit here" : "waits for the layer above", isAmount: false,
      isLine: isTall && at !== chosen && at < layers.length - 1 && !layer.inputs && passesOn(stages, at), isFrozen: frozenWords(layer),
      isApart: !readsAbove(network, at), leads: at === layers.length - 1 || readsAbove(network, at + 1),
    }));
    const shown = rows.flatMap((row, at) => {
      const fold = folds.find(({ from, to }) => from <= at && at < to);
      return !fold ? [row] : at > fold.from ? [] : [{ ...row, fold: foldOf(layers.slice(fold.from, fold.to), fold) }];
    });
    return { rows: [input, ...shown], arcs: arcsOf(network) };
  }

  function foldOf(layers, { period }) {
    const kinds = [...new Set(layers.slice(0, period).map((layer) => entries.get(layer.kind)?.label ?? layer.kind))];
    return { words: `${layers.length / period} × ${kinds.join(", ")}`, names: layers.map((layer) => layer.name) };
  }

  function subtitleOf(layer) {
    const entry = entries.get(layer.kind), field = entry?.fields.find((one) => !one.advanced);
    const value = layer.inputs ? layer.inputs.join(entry?.joins ? " + " : "") : wordOf(field && field.type !== "boolean" ? layer[field.name] ?? field.default : null);
    return [entry?.label ?? layer.kind, layer.inputs && !entry?.joins ? `from ${value}` : value].filter((part) => part != null).join(" · ");
  }

  function titleOf(layer, network, at) {
    const entry = entries.get(layer.kind);
    const fields = (entry?.fields ?? []).map((field) => `${field.label}: ${wordOf(layer[field.name] ?? field.default) ?? "auto"}`);
    return [entry?.label, ...(layer.inputs ? [`Reads ${sourcesOf(network, at).join(", ")}`] : []), ...fields].join("\n");
  }

  return rowsOf;
}

/** No parameters, the shape of the layer above: such a layer says little in a long network. */
const passesOn = (stages, at) => at > 0 && !stages[at]?.parameters && String(stages[at]?.shape) === String(stages[at - 1]?.shape);

const wordOf = (value) => (value && typeof value === "object" ? value.kind ?? (Array.isArray(value) ? value.join(" × ") : null) : value);

function frozenWords({ frozen, frozen_epochs: epochs }) {
  return !frozen ? "" : epochs ? `frozen for ${epochs} epoch${epochs === 1 ? "" : "s"}` : "frozen";
}
