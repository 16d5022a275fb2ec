// The runs of everybody that have not ended: one line each, with what somebody in charge may do.
import { count, ordinal, roughly } from "../core/numbers.js";
import { el, mark, say } from "../lib/dom.js";

const DOES = { train: "trains", find_rate: "looks for a learning rate" };

/** @typedef {{id: string, name: string, purpose: string, person: string, status: string, place: number | null, wait_seconds: number | null, step: number,
 *   steps: number, device: string, pause_reason: string | null}} Run */

/** @param {Run} run @returns {string} how it stands, in words */
export function standing({ purpose, status, place, wait_seconds: wait, step, steps, device, pause_reason: reason }) {
  const reached = `step ${count(step)}${steps ? ` of ${count(steps)}` : ""}`;
  if (status === "paused") return reason ?? `paused at ${reached}`;
  if (status === "running") return `${DOES[purpose]}${device ? ` on ${device.toUpperCase()}` : ""}, ${reached}`;
  return [place === 1 ? "next in line" : `${ordinal(place)} in line`, wait == null ? "" : `starts in ${roughly(wait)}`, step ? reached : ""].filter(Boolean).join(", ");
}

/** @param {HTMLElement} root a list @param {{stop: (run: Run) => void, ahead: (run: Run) => void}} does
 * @returns {(runs: Run[]) => void} a line stays in the page as long as its run, and so does the focus in it */
export function runsList(root, does) {
  const lines = new Map();

  return (runs) => {
    const ids = new Set(runs.map((run) => run.id));
    for (const id of lines.keys()) if (!ids.has(id)) lines.delete(id);
    for (const run of runs) {
      if (!lines.has(run.id)) lines.set(run.id, line(does));
      lines.get(run.id).update(run);
    }
    const rows = runs.map((run) => lines.get(run.id).root);
    if (rows.length !== root.children.length || rows.some((row, at) => root.children[at] !== row)) root.replaceChildren(...rows);
  };
}

/** Before somebody else's work ends, Stop asks once more. */
function line(does) {
  const name = el("b"), person = el("span", { class: "help" }), told = el("p", { class: "says" });
  const ahead = el("button", { class: "outline", onclick: () => does.ahead(now) }, "Move up");
  const stop = el("button", { class: "outline", onclick: askOrStop, onblur: () => ask(false) }, "Stop");
  const root = el("li", {}, el("div", {}, el("p", {}, name, " ", person), told), el("div", { class: "row-tools" }, ahead, stop));
  let now = null, isAsked = false;

  function askOrStop() {
    if (isAsked) does.stop(now);
    ask(!isAsked);
  }

  function ask(asked) {
    isAsked = asked;
    say(stop, asked ? "Really stop?" : "Stop");
  }

  return {
    root,
    update(run) {
      now = run;
      say(name, run.name);
      say(person, run.person);
      say(told, standing(run));
      mark(ahead, { hidden: run.status !== "queued" || run.place === 1, title: `${run.name} is next` });
      mark(stop, { title: `${run.name} ends here; what it learned stays` });
    },
  };
}
