// A network as a thumbnail: a bar for each layer, wide by the logarithm of what it puts out, strong where it learns.

const BARS = 13; // that can be told apart; of a longer network one bar stands for several layers

/** @param {import("./network.js").Network} network @param {{layers: any[]}} catalogue @returns {{width: number, strength: 0 | 1 | 2}[]} */
export function glyph(network, catalogue) {
  let width = 34;
  const bars = network.layers.map((layer) => {
    const out = Object.entries(layer).find(([name]) => name.startsWith("out_"))?.[1];
    if (typeof out === "number") width = Math.max(14, Math.min(100, Math.round(11 * Math.log2(out + 1))));
    const hasFields = (catalogue.layers.find((entry) => entry.kind === layer.kind)?.fields.length ?? 0) > 0;
    return { width, strength: out ? 2 : hasFields ? 1 : 0 };
  });
  const many = Math.ceil(bars.length / BARS);
  return bars.filter((_, at) => at % many === 0).map((_, at) => strongest(bars.slice(at * many, (at + 1) * many)));
}

const strongest = (bars) => bars.reduce((most, bar) => (bar.strength > most.strength ? bar : most));
