// A network as data (the network format): pure edits, each gives a new network and leaves the old one alone.

/** @typedef {{kind: string, name?: string, [field: string]: any}} Layer */
/** @typedef {{format: number, input: number[], layers: Layer[]}} Network */

/** @param {Network} network @param {number} index @param {Layer} layer @returns {Network} with the layer before `index` */
export function insert(network, index, layer) {
  return { ...network, layers: [...network.layers.slice(0, index), layer, ...network.layers.slice(index)] };
}

/** @param {Network} network @param {number} index @returns {Network} without that layer */
export function remove(network, index) {
  return { ...network, layers: network.layers.filter((_, at) => at !== index) };
}

/** Takes a layer out and puts it back before the layer that now stands at `edge` (edges are counted before the move).
 * @param {Network} network @param {number} index @param {number} edge @returns {Network} */
export function move(network, index, edge) {
  if (edge === index || edge === index + 1) return network;
  const layer = network.layers[index];
  return insert(remove(network, index), edge > index ? edge - 1 : edge, layer);
}

/** @param {Network} network @param {number} index @returns {Network} with a nameless copy right below; the check names it */
export function duplicate(network, index) {
  const { name, ...copy } = network.layers[index];
  return insert(network, index + 1, copy);
}

/** @param {Network} network @param {number} index @param {Object<string, any>} fields @returns {Network} */
export function change(network, index, fields) {
  return { ...network, layers: network.layers.map((layer, at) => (at === index ? { ...layer, ...fields } : layer)) };
}

/** @param {Network} network @param {string} name @returns {number} the place of a layer, -1 for the input or none */
export const indexOf = (network, name) => network.layers.findIndex((layer) => layer.name === name);

/** Two networks are the same when they compute the same with the same weights: defaults written out or not.
 * @param {Network | null | undefined} one @param {Network | null | undefined} other
 * @param {{layers: {kind: string, fields: {name: string, default: any}[]}[]}} catalogue @returns {boolean} */
export function same(one, other, catalogue) {
  if (!one || !other) return false;
  return one === other || JSON.stringify(complete(one, catalogue)) === JSON.stringify(complete(other, catalogue));
}

function complete(network, catalogue) {
  const defaults = new Map(catalogue.layers.map((entry) => [entry.kind, entry.fields]));
  return [network.input, network.layers.map((layer) => completeLayer(layer, defaults.get(layer.kind) ?? []))];
}

function completeLayer(layer, fields) {
  const all = { ...Object.fromEntries(fields.map((field) => [field.name, field.default ?? null])), ...layer };
  return Object.keys(all).sort().map((key) => [key, all[key] ?? null]);
}
