// What the person does on the pad and with small digits: strokes, pictures, pins, samples.
import { classesOf, nameOf } from "../../core/classes.js";
import { ask, get } from "../../lib/api.js";
import { fromBase64, layerOf, toBase64 } from "../../core/frame.js";
import { BRUSHES, begin, extend } from "../../core/strokes.js";

const PINS = 4, UNDOS = 60;

/** @param {any} store @param {{look: () => void, follow: () => void, shown: () => any, toast: (text: string, does?: any) => void}} page
 *   `shown` is the probe last seen on the page; `follow` looks at the pad alone */
export function drawing(store, { look, follow, shown, toast }) {
  let made = 0;

  function set(change) {
    store.set(change);
    look();
  }

  /** The pad as it was can be had back by undo. */
  function keep() {
    const { strokes, picture, padPast } = store.state;
    return { padPast: [...padPast, { strokes, picture }].slice(-UNDOS) };
  }

  const pen = {
    begin(point) {
      const { strokes, isExample, brush, picture } = store.state;
      const before = isExample || picture ? [] : strokes;
      set({ ...keep(), strokes: begin(before, brush, point), isExample: false, picture: null, watched: "pad" });
    },
    extend(points) {
      const strokes = extend(store.state.strokes, points);
      if (strokes === store.state.strokes) return;
      store.set({ strokes });
      follow();
    },
    end: look,
  };

  function clear() {
    const { strokes, picture } = store.state;
    if (strokes.length || picture) set({ ...keep(), strokes: [], picture: null, isExample: false, watched: "pad" });
  }

  function undoStroke() {
    const { padPast } = store.state;
    if (padPast.length) set({ ...padPast[padPast.length - 1], padPast: padPast.slice(0, -1), isExample: false, watched: "pad" });
  }

  function brush() {
    const at = BRUSHES.findIndex((one) => one.width === store.state.brush);
    store.set({ brush: BRUSHES[(at + 1) % BRUSHES.length].width });
  }

  async function openPicture(file) {
    const form = new FormData();
    form.append("image", file, file.name || "pasted");
    try {
      const [sketch, bitmap] = await Promise.all([ask("POST", "sketch", form), createImageBitmap(file).catch(() => null)]);
      if (sketch.blank) return toast("There is no ink to be found in this picture.");
      const picture = { base64: sketch.picture, bytes: fromBase64(sketch.picture), fitted: fromBase64(sketch.fitted), box: sketch.box, bitmap };
      set({ ...keep(), strokes: [], picture, isExample: false, watched: "pad" });
    } catch (problem) {
      toast(problem.message);
    }
  }

  function watch(thumb) {
    set({ watched: store.state.watched === thumb.id ? "pad" : thumb.id });
  }

  function pin() {
    const probe = shown(), input = layerOf(probe, "input");
    if (!input || probe.blank) return toast("Draw a digit first; then it can be pinned.");
    const { pins, samples } = store.state;
    const label = [...pins, ...samples].find((one) => one.id === probe.id)?.label ?? null;
    const thumb = { id: `pin-${(made += 1)}-${pins.length}`, picture: toBase64(new Uint8Array(input.values)), label };
    const kept = pins.length < PINS ? pins : pins.filter((one) => one !== (pins.find((other) => other.isGiven) ?? pins[0]));
    set({ pins: [...kept, thumb] });
  }

  function unpin(thumb) {
    const { pins, watched } = store.state;
    set({ pins: pins.filter((one) => one !== thumb), watched: watched === thumb.id ? "pad" : watched });
  }

  /** @param {boolean} [isFirst] then the first four are pinned, so that there is something to follow */
  async function shuffle(isFirst = false) {
    const { job } = store.state, many = isFirst ? 10 : 6;
    try {
      const answer = await get(`samples?dataset=${encodeURIComponent(job.dataset.kind)}&count=${many}&seed=${isFirst ? job.seed : Math.floor(Math.random() * 1e9)}`);
      const names = classesOf(store.state.catalogue, answer.dataset);
      const thumbs = answer.samples.map((one, at) => ({ ...one, name: nameOf(names, one.label), id: `sample-${(made += 1)}-${at}` }));
      const given = isFirst ? thumbs.splice(0, PINS).map((one, at) => ({ ...one, id: `pin-${at}`, isGiven: true })) : null;
      const { watched } = store.state;
      const news = { samples: thumbs, samplesFrom: labelOf(answer.dataset), watched: watched.startsWith("sample") ? "pad" : watched };
      set(given ? { ...news, pins: given } : news);
    } catch (problem) {
      if (!isFirst) toast(problem.message);
    }
  }

  const labelOf = (kind) => store.state.catalogue.datasets.find((entry) => entry.kind === kind)?.label ?? kind;

  return { pen, clear, undoStroke, brush, openPicture, watch, pin, unpin, shuffle };
}
