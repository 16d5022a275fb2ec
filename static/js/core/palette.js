// The palette at an edge: what fits there by family, then what does not, by the reason.

/** @typedef {{title: string, entries: any[]}} PaletteGroup */

/** @param {any[]} layers of the catalogue @param {string[]} fits kinds that fit here @param {number[]} shape at this edge
 * @returns {{fitting: PaletteGroup[], others: PaletteGroup[]}} */
export function groupsHere(layers, fits, shape) {
  const known = new Set(fits);
  return {
    fitting: grouped(layers.filter((entry) => known.has(entry.kind)), (entry) => entry.family),
    others: grouped(layers.filter((entry) => !known.has(entry.kind)), (entry) => reasonOf(entry, shape)),
  };
}

function grouped(entries, titleOf) {
  const titles = [...new Set(entries.map(titleOf))];
  return titles.map((title) => ({ title, entries: entries.filter((entry) => titleOf(entry) === title) }));
}

/** Why a layer does not fit: it reads another form, or its first settings are too much for this shape. */
function reasonOf({ reads }, shape) {
  const isForm = !reads || reads.some((form) => form.sides === shape.length);
  return isForm ? "does not fit here with its first settings" : `reads ${reads.map((form) => form.words).join(" or ")}`;
}

/** @param {string} words of a layer: kind, label, family @param {string} typed @returns {boolean} spaces and underscores do not count */
export const matches = (words, typed) => bare(words).includes(bare(typed));

const bare = (text) => text.toLowerCase().replaceAll(/[ _-]/g, "");
