// Where a popover stands: beside what opened it, inside the window.

const GAP = 8;

/** @param {any} root a popover @param {HTMLElement} opener @param {"beside" | "below"} [side] */
export function place(root, opener, side = "beside") {
  const box = opener.getBoundingClientRect(); // before it opens: that closes another one, in which the opener may lie
  root.showPopover();
  stand(root, box, side);
}

/** The same for one that is open and has grown. @param {any} root @param {DOMRect} box of what opened it @param {"beside" | "below"} side */
export function stand(root, box, side) {
  const { offsetWidth: width, offsetHeight: height } = root;
  const left = side === "beside" ? box.right + GAP : box.right - width, top = side === "beside" ? box.top - 20 : box.bottom + GAP;
  root.style.insetInlineStart = `${Math.max(GAP, Math.min(left, innerWidth - width - GAP))}px`;
  root.style.insetBlockStart = `${Math.max(GAP, Math.min(top, innerHeight - height - GAP))}px`;
}
