// The keyboard of the Lab, as one table.

/** @param {any} does @param {() => void} openKeys @param {() => any} addButton @returns {import("../../panels/keys.js").Shortcut[]} */
export function shortcutsOf(does, openKeys, addButton) {
  const at = () => does.index();

  function go(direction) {
    const names = ["input", ...does.present().layers.map((layer) => layer.name)], here = names.indexOf(does.state().selection.layer);
    const name = names[Math.max(0, Math.min(names.length - 1, here + direction))];
    does.select(name);
    document.querySelector(`[data-name="${CSS.escape(name)}"]`)?.scrollIntoView({ block: "nearest" });
  }

  function channel(direction) {
    const { selection, checked } = does.state(), stage = checked?.stages[at()];
    const most = (stage?.shape[0] ?? 1) - 1, next = selection.channel == null ? 0 : selection.channel + direction;
    does.select(selection.layer, Math.max(0, Math.min(most, next)));
  }

  const key = (keys, shown, words, act) => ({ keys, shown, words, act });
  return [
    key([" "], "Space", "Train or pause", does.main),
    key(["ArrowUp"], "↑ ↓", "Layer above, layer below", () => go(-1)),
    key(["ArrowDown"], "", "", () => go(1)),
    key(["ArrowLeft"], "← →", "Channel", () => channel(-1)),
    key(["ArrowRight"], "", "", () => channel(1)),
    key(["["], "[ ]", "Kept step before, after", () => does.beside(-1)),
    key(["]"], "", "", () => does.beside(1)),
    key(["End"], "End", "Back to now", () => does.go(null)),
    key(["a"], "A", "Add a layer below", () => does.add(at() + 1, addButton())),
    key(["Delete", "Backspace"], "Del", "Remove the layer", () => at() >= 0 && does.remove(at())),
    key(["Ctrl+d"], "Ctrl D", "Duplicate the layer", () => does.duplicate(at())),
    key(["Alt+ArrowUp"], "Alt ↑ ↓", "Move the layer", () => does.shift(at(), -1)),
    key(["Alt+ArrowDown"], "", "", () => does.shift(at(), 1)),
    key(["Ctrl+z"], "Ctrl Z", "Undo", does.undo),
    key(["Ctrl+Shift+z", "Ctrl+y"], "Ctrl Shift Z", "Redo", does.redo),
    key(["c"], "C", "Clear the pad", does.clear),
    key(["b"], "B", "Brush: thin, medium, thick", does.brush),
    key(["p"], "P", "Pin this digit", does.pin),
    key(["1"], "1 2 3", "Settings of the layer, of the training; code", () => does.drawerTab("layer")),
    key(["2"], "", "", () => does.drawerTab("training")),
    key(["3"], "", "", () => does.drawerTab("code")),
    key(["t"], "T", "Theme: light, dark, projector", does.theme),
    key(["Escape"], "Esc", "Back to your drawing", () => does.watch({ id: does.state().watched })),
    key(["?"], "?", "This list", openKeys),
  ];
}
