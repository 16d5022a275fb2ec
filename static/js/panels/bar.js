// Top bar and the head of the network: what is going on, the one filled button, notices, name, switches.
import { amount, count, ordinal } from "../core/numbers.js";
import { facts, hasTrained, isDraft, isLive, looksBack, mainAct, situation } from "../core/situation.js";
import { mark, say } from "../lib/dom.js";
import { statusLine } from "../views/status.js";
import { notice } from "../views/notice.js";

/** @param {Object<string, any>} roots by name of view @param {any} does the page's acts */
export function barPanel(roots, does) {
  const status = statusLine(roots.status), notices = [notice(roots.notice), notice(roots.noticePhone)];
  roots.netName.addEventListener("input", () => does.rename(roots.netName.value));
  roots.netName.addEventListener("keydown", (event) => (event.key === "Enter" || event.key === "Escape") && roots.netName.blur());

  function update(state) {
    const now = situation(state);
    document.documentElement.dataset.state = now;
    document.documentElement.toggleAttribute("data-away", state.away);
    status.update(facts(state));
    mainButton(mainAct(state));
    transport(state, now);
    head(state);
    const news = noticeOf(state, now, does);
    for (const each of notices) each.update(news);
    say(roots.device, state.run && ["queued", "starting"].includes(now) ? placeText(state.run) : deviceText(state));
  }

  function mainButton({ word, icon, rests = false }) {
    const button = roots.mainAct;
    button.disabled = rests;
    say(button.lastElementChild, word);
    mark(button.querySelector("use"), { href: `#${icon}` });
  }

  function transport(state, now) {
    const live = isLive(state.run) && !isDraft(state);
    mark(roots.stop, { hidden: !(now === "running" || now === "paused" || now === "starting") || state.readonly });
    roots.reset.disabled = !state.run || state.readonly;
    roots.progress.style.inlineSize = `${live && state.transcript.started ? (state.transcript.step / state.transcript.started.steps) * 100 : 0}%`;
  }

  function head(state) {
    if (document.activeElement !== roots.netName) roots.netName.value = state.name;
    roots.netName.disabled = state.readonly;
    roots.netName.size = Math.max(5, Math.min(28, state.name.length));
    const { checked } = state;
    say(roots.netSum, !checked ? "" : !checked.network.layers.length ? "no layers yet" : checked.problem ? "not complete" : `${count(checked.parameters)} parameters`);
    mark(roots.netSum, { title: checked && !checked.problem ? `${count(checked.flops)} operations for each digit (${amount(checked.flops)})` : null });
    lookSwitch(state);
    for (const button of [roots.undo, roots.redo]) mark(button, { hidden: state.readonly });
    roots.undo.disabled = !state.history.past.length || state.readonly;
    roots.redo.disabled = !state.history.future.length || state.readonly;
  }

  function lookSwitch(state) {
    const [trained, untrained] = roots.lookSwitch.querySelectorAll("button"), can = hasTrained(state), step = state.seenStep;
    mark(roots.lookSwitch, { hidden: !state.checked?.network.layers.length });
    trained.disabled = !can;
    say(trained, can && !state.showUntrained && step != null && state.run ? `Step ${count(step)}` : "Trained");
    mark(trained, { "aria-checked": String(can && !state.showUntrained), title: can ? "Look through the learned weights" : "Press Train first" });
    mark(untrained, { "aria-checked": String(!can || state.showUntrained), title: "Look through the random weights that training starts from" });
  }

  return { update };
}

const placeText = (run) => (run.place ? `${ordinal(run.place)} in line` : "Starting");

function deviceText({ run, transcript, catalogue }) {
  const device = transcript.started?.device || run?.device || catalogue.device || "cpu";
  return String(device).toUpperCase().replace("CUDA", "GPU");
}

/** What takes the place of the network's title, if anything. */
function noticeOf(state, now, does) {
  const goesOn = isLive(state.run) ? " Training goes on." : "";
  const failure = state.run?.status === "failed" && (state.readonly || now === "failed") ? state.transcript.ended?.message : null;
  if (state.away) return { icon: "cloud", text: "The server can’t be reached. Your work stays.", word: "Try now", act: does.tryNow };
  if (state.link !== "live" && isLive(state.run)) return { icon: "cloud", text: `Live view delayed.${goesOn}`, word: "Try now", act: does.tryNow };
  if (now === "paused" && state.run.pause_reason) return { icon: "alert", text: state.run.pause_reason };
  if (state.readonly) return { icon: failure ? "alert" : "eye", text: `${failure ?? `${state.name}: draw and look.`} A copy is yours to change.` };
  if (isDraft(state) && isLive(state.run)) return { icon: "eye", text: "You edit a draft; the run goes on.", word: "Back to the run", act: does.backToRun };
  if (failure) return { icon: "alert", text: failure, word: "Settings", act: does.openSettings };
  if (now === "diverged") return { icon: "alert", text: "The steps were too big.", word: "Try a tenth of the learning rate", act: does.calmer };
  if (state.estimate?.problem && (now === "untrained" || now === "ready")) return { icon: "alert", text: state.estimate.problem.message };
  if (looksBack(state) && !state.lookProblem)
    return { icon: "undo", text: `You look at step ${count(state.at)} of ${count(state.transcript.step)}.`, word: "Back to now", act: () => does.go(null) };
  if (state.lookProblem) return { icon: "alert", text: state.lookProblem };
  return null;
}
