// Skip connections: arcs beside the stack, from the card that is read to the card that reads it.
import { mark } from "../lib/dom.js";

const SVG = "http://www.w3.org/2000/svg", LANE = 12, REACH = 10, BEND = 7;

/** @param {HTMLElement} list that scrolls; the arcs scroll with it
 * @returns {{update: (arcs: {from: Element | null, to: Element | null, lane: number, isStrong: boolean, words: string}[]) => void}} */
export function arcs(list) {
  const drawing = document.createElementNS(SVG, "svg"), root = document.createElement("li");
  let known = "";
  root.className = "arcs";
  root.setAttribute("role", "presentation");
  drawing.setAttribute("aria-hidden", "true");
  root.append(drawing);

  function update(given) {
    const seen = given.filter((arc) => arc.from && arc.to && arc.from !== arc.to), lanes = Math.max(0, ...seen.map((arc) => arc.lane + 1));
    list.style.setProperty("--lanes", String(lanes));
    if (!seen.length) return root.remove();
    if (root.parentNode !== list) list.append(root);
    const width = REACH + lanes * LANE, lines = seen.map((arc) => ({ ...arc, top: middle(arc.from), bottom: middle(arc.to) }));
    const key = JSON.stringify([width, lines.map(({ top, bottom, lane, isStrong, words }) => [top, bottom, lane, isStrong, words])]);
    if (key === known) return;
    known = key;
    mark(drawing, { width: String(width), height: String(Math.max(...lines.map((line) => line.bottom)) + BEND) });
    drawing.replaceChildren(...lines.flatMap(pathsOf));
  }

  /** From the row of the reader's source out to its lane, down, and back with a point at the reader. */
  function pathsOf({ top, bottom, lane, isStrong, words }) {
    const out = REACH + lane * LANE, line = document.createElementNS(SVG, "path"), title = document.createElementNS(SVG, "title");
    mark(line, { d: `M0 ${top}H${out - BEND}q${BEND} 0 ${BEND} ${BEND}V${bottom - BEND}q0 ${BEND} ${-BEND} ${BEND}H5`, class: isStrong ? "is-strong" : null });
    const point = document.createElementNS(SVG, "path");
    mark(point, { d: `M1 ${bottom}l6 -3.5v7z`, class: isStrong ? "point is-strong" : "point" });
    title.textContent = words;
    line.append(title);
    return [line, point];
  }

  return { update };
}

/** The middle of a row within the list, however far it is scrolled. */
const middle = (row) => Math.round(row.offsetTop + row.offsetHeight / 2);
