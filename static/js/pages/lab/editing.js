// Changing the network: every edit is checked by the server, kept in the history, and saved as one works.
import { advance, begin, redo, seal, settle, undo } from "../../core/history.js";
import { change, duplicate, indexOf, insert, joinable, move, read, remove, rename } from "../../core/network.js";
import { aimOf, jobShown } from "../../core/task.js";
import { ask, newest } from "../../lib/api.js";

/** @param {any} store @param {{look: () => void, saved: () => void, toast: (text: string, does?: any) => void, reveal: (name: string) => void}} page */
export function editing(store, { look, saved, toast, reveal }) {
  const check = newest((signal, { network, job }) => ask("POST", "networks/check", { ...network, ...aimOf(job) }, { signal }));

  /** The answer names nameless layers; a network that can't be read is taken back and its problem shown. */
  async function recheck(before) {
    const { present } = store.state.history;
    try {
      const checked = await check({ network: present, job: jobShown(store.state) });
      if (!checked) return;
      store.set({ checked, history: settle(store.state.history, checked.network), problem: null });
      look();
      if (before) saved();
    } catch (problem) {
      if (problem.wait && present === store.state.history.present) return void setTimeout(() => recheck(before), problem.wait * 1000);
      store.set({ problem, ...(before ? { history: before } : {}) });
      if (!before || problem.where?.length !== 3) toast(problem.message);
    }
  }

  /** @param {(network: any) => any} edit @param {string | null} [mark] edits of the same mark are one step of undo */
  function apply(edit, mark = null) {
    const { history, readonly } = store.state;
    if (readonly) return toast("This is someone else’s. Make a copy to change it.");
    const next = edit(history.present);
    if (next === history.present) return undefined;
    store.set({ history: advance(history, next, mark) });
    return recheck(history);
  }

  function travel(step) {
    const { history, readonly } = store.state, next = step(history);
    if (readonly || next === history) return;
    store.set({ history: next, problem: null });
    recheck(history);
  }

  let inserted = 0;

  /** A layer that joins reads the layer above and one before it; who read the layer above by name reads the new one. */
  async function insertKind(edge, kind) {
    const { checked, catalogue } = store.state, joins = catalogue.layers.find((entry) => entry.kind === kind)?.joins;
    const above = checked ? [{ name: "input", shape: checked.network.input }, ...checked.stages.slice(0, edge)] : [];
    const inputs = joins && above.length > 1 ? { inputs: joinable(above) } : {}, mark = `insert ${(inserted += 1)}`;
    await apply((network) => insert(network, edge, { kind, ...inputs }), mark);
    await apply((network) => rewired(network, edge), mark);
    selectAt(edge);
  }

  function rewired(network, edge) {
    const { layers } = network, below = layers[edge + 1], above = edge ? layers[edge - 1].name : "input", { name } = layers[edge] ?? {};
    return name && below?.inputs?.includes(above) ? read(network, edge + 1, below.inputs.map((source) => (source === above ? name : source))) : network;
  }

  /** @param {number} index @param {string} name as typed; what can't be a name is refused by the check */
  async function renameLayer(index, name) {
    const { present } = store.state.history, before = present.layers[index]?.name;
    if (!before || name === before) return;
    await apply((network) => rename(network, index, name));
    if (store.state.history.present.layers[index]?.name === name) store.set({ selection: { ...store.state.selection, layer: name } });
  }

  function selectAt(index) {
    const { layers } = store.state.history.present, layer = layers[Math.max(0, Math.min(layers.length - 1, index))];
    store.set({ selection: { layer: layer?.name ?? "input", channel: null } });
    requestAnimationFrame(() => reveal(store.state.selection.layer));
    look();
  }

  async function removeAt(index) {
    const { layers } = store.state.history.present;
    if (!layers[index]) return;
    const { name } = layers[index];
    await apply((network) => remove(network, index));
    selectAt(index);
    toast(`${name} removed`, { word: "Undo", act: () => travel(undo) });
  }

  return {
    apply, recheck, selectAt, removeAt, insert: insertKind, renameLayer,
    undo: () => travel(undo),
    redo: () => travel(redo),
    leaveField: () => store.set({ history: seal(store.state.history), ...(store.state.problem ? { problem: null } : {}) }),
    change: (index, fields, mark) => apply((network) => change(network, index, fields), mark),
    async duplicate(index) {
      if (index < 0) return;
      await apply((network) => duplicate(network, index));
      selectAt(index + 1);
    },
    read: (index, inputs) => apply((network) => read(network, index, inputs)),
    move: (index, edge) => apply((network) => move(network, index, edge)),
    shift(index, direction) {
      const { layers } = store.state.history.present, to = index + direction;
      if (index < 0 || to < 0 || to >= layers.length) return undefined;
      return apply((network) => move(network, index, direction < 0 ? index - 1 : index + 2));
    },
    mend(mend) {
      if (mend.job) store.set({ job: { ...store.state.job, ...mend.job }, problem: null });
      return apply(() => mend.network);
    },
    /** Another network altogether, as one step that can be undone. */
    replace: (network) => apply(() => network),
    begin: (network) => store.set({ history: begin(network), checked: null }),
    index: () => indexOf(store.state.history.present, store.state.selection.layer),
  };
}
