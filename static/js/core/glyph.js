// A network as a thumbnail: a bar for each layer, wide by the logarithm of what it puts out, strong where it learns.

/** @param {import("./network.js").Network} network @param {{layers: any[]}} catalogue @returns {{width: number, strength: 0 | 1 | 2}[]} */
export function glyph(network, catalogue) {
  let width = 34;
  return network.layers.map((layer) => {
    const out = Object.entries(layer).find(([name]) => name.startsWith("out_"))?.[1];
    if (typeof out === "number") width = Math.max(14, Math.min(100, Math.round(11 * Math.log2(out + 1))));
    const hasFields = (catalogue.layers.find((entry) => entry.kind === layer.kind)?.fields.length ?? 0) > 0;
    return { width, strength: out ? 2 : hasFields ? 1 : 0 };
  });
}
