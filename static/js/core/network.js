// A network as data (the network format): pure edits, each gives a new network and leaves the old one alone.

/** @typedef {{kind: string, name?: string, [field: string]: any}} Layer */
const INPUT = "input"; // what the input is called where layers are named

/** @typedef {{format: number, input: number[], layers: Layer[]}} Network */

/** @param {Network} network @param {number} index @param {Layer} layer @returns {Network} with the layer before `index` */
export function insert(network, index, layer) {
  return { ...network, layers: [...network.layers.slice(0, index), layer, ...network.layers.slice(index)] };
}

/** @param {Network} network @param {number} index @returns {Network} without that layer; who read it reads what it read */
export function remove(network, index) {
  const { name } = network.layers[index], [instead] = sourcesOf(network, index);
  const layers = network.layers.filter((_, at) => at !== index);
  return settled({ ...network, layers: layers.map((layer) => withInputs(layer, layer.inputs?.map((source) => (source === name ? instead : source)))) });
}

/** Takes a layer out and puts it back before the layer that now stands at `edge` (edges are counted before the move).
 * @param {Network} network @param {number} index @param {number} edge @returns {Network} */
export function move(network, index, edge) {
  if (edge === index || edge === index + 1) return network;
  const layers = network.layers.filter((_, at) => at !== index);
  return settled(insert({ ...network, layers }, edge > index ? edge - 1 : edge, network.layers[index]));
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

/** @param {Network} network @param {number} index @param {string} name @returns {Network} who read the layer reads it by its new name */
export function rename(network, index, name) {
  const before = network.layers[index].name;
  const layers = network.layers.map((layer) => withInputs(layer, layer.inputs?.map((source) => (source === before ? name : source))));
  return change({ ...network, layers }, index, { name });
}

/** @param {Network} network @param {number} index @param {string[]} inputs names above it; none, or the layer above alone: nothing needs to be said
 * @returns {Network} */
export function read(network, index, inputs) {
  const isPlain = inputs.length === 1 && inputs[0] === nameAbove(network, index);
  return { ...network, layers: network.layers.map((layer, at) => (at === index ? withInputs(layer, isPlain ? [] : inputs) : layer)) };
}

/** What a layer reads. @param {Network} network @param {number} index @returns {string[]} */
export function sourcesOf(network, index) {
  const { inputs } = network.layers[index];
  return inputs?.length ? inputs : [nameAbove(network, index)];
}

const nameAbove = (network, index) => (index ? network.layers[index - 1].name : INPUT);

function withInputs(layer, inputs) {
  const { inputs: before, ...others } = layer;
  if (!before && !inputs?.length) return layer;
  return inputs?.length ? { ...others, inputs } : others;
}

/** Names that are no longer above their reader give way to the layer above it, and nothing is read twice. */
function settled(network) {
  const above = new Set([INPUT]);
  const layers = network.layers.map((layer, at) => {
    const held = layer.inputs?.map((source) => (above.has(source) ? source : nameAbove(network, at))).filter(Boolean);
    above.add(layer.name);
    return withInputs(layer, held && [...new Set(held)]);
  });
  return { ...network, layers };
}

/** Where a layer that joins could read from, besides the layer above: the nearest one before that with the same shape, else the input's side.
 * @param {{name: string, shape: number[]}[]} above from the input down @returns {string[]} names for its inputs */
export function joinable(above) {
  const last = above[above.length - 1], others = above.slice(0, -1);
  const alike = others.filter((one) => String(one.shape) === String(last.shape));
  const other = alike[alike.length - 1] ?? others[others.length - 1] ?? last;
  return [last.name, other.name];
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
