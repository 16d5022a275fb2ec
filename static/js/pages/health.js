// What somebody in charge sees besides on the health page: everybody's runs, told anew every few seconds.
import { get, post } from "../lib/api.js";
import { say } from "../lib/dom.js";
import { runsList } from "../views/runs.js";

const EVERY = 3000; // milliseconds
const [news, root] = ["news", "runs"].map((name) => /** @type {HTMLElement} */ (document.querySelector(`[data-view=${name}]`)));
const show = runsList(root, { stop: (run) => command(run, "stop"), ahead: (run) => command(run, "ahead") });

async function look() {
  try {
    const runs = await get("runs/under-way");
    show(runs);
    say(news, runs.length ? "" : "Nobody trains or waits.");
  } catch (problem) {
    say(news, problem.message);
  }
}

async function command(run, kind) {
  try {
    await post(`runs/${run.id}/commands`, { kind });
    await look();
  } catch (problem) {
    say(news, problem.message);
  }
}

setInterval(() => document.hidden || look(), EVERY);
look();
