// The palette at an edge: what fits there by family, then what does not, by the reason.

const MISS = 9;

/** @typedef {{title: string, entries: any[]}} PaletteGroup */

/** @param {any[]} layers of the catalogue @param {string[]} fits kinds that fit here @param {number[]} shape at this edge
 * @param {string} [typed] into the search: then what fits is one list, the best match first
 * @returns {{fitting: PaletteGroup[], others: PaletteGroup[]}} */
export function groupsHere(layers, fits, shape, typed = "") {
  const known = new Set(fits), found = ranked(layers, typed);
  return {
    fitting: grouped(found.filter((entry) => known.has(entry.kind)), (entry) => (bare(typed) ? "fits here" : entry.family)),
    others: grouped(found.filter((entry) => !known.has(entry.kind)), (entry) => reasonOf(entry, shape)),
  };
}

/** What is called so before what only begins so, before what only contains it; the order of the catalogue among equals. */
function ranked(layers, typed) {
  const ranks = new Map(layers.map((entry) => [entry, rankOf(entry, bare(typed))]));
  return layers.filter((entry) => ranks.get(entry) < MISS).sort((one, other) => ranks.get(one) - ranks.get(other));
}

function rankOf({ kind, label, family }, typed) {
  const names = [kind, label].map(bare);
  if (names.includes(typed)) return 0;
  if (names.some((name) => name.startsWith(typed))) return 1;
  if (names.some((name) => name.includes(typed))) return 2;
  return bare(family ?? "").startsWith(typed) ? 3 : MISS;
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

/** Spaces, underscores and dashes do not count. @param {string} text */
const bare = (text) => text.toLowerCase().replaceAll(/[ _-]/g, "");
