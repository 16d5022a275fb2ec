// Where a popover stands: beside what opened it, inside the window.

const GAP = 8;

/** @param {any} root a popover @param {HTMLElement} opener @param {"beside" | "below"} [side] */
export function place(root, opener, side = "beside") {
  root.showPopover();
  const box = opener.getBoundingClientRect(), { offsetWidth: width, offsetHeight: height } = root;
  const left = side === "beside" ? box.right + GAP : box.right - width, top = side === "beside" ? box.top - 20 : box.bottom + GAP;
  root.style.insetInlineStart = `${Math.max(GAP, Math.min(left, innerWidth - width - GAP))}px`;
  root.style.insetBlockStart = `${Math.max(GAP, Math.min(top, innerHeight - height - GAP))}px`;
}
