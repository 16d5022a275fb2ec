// Take it with you: the trained network on the page as a file, for other programs or for none at all.
import { hasTrained, isLive, showsRun } from "../core/situation.js";
import { el, mark, say } from "../lib/dom.js";

const FORMS = [
  { form: "pocket", word: "One HTML file", help: "Pad, network and pictures of its layers: opens in any browser, also from a USB stick, without a network." },
  { form: "pytorch", word: "PyTorch", help: "Network and training as a script, which begins with these weights." },
  { form: "safetensors", word: "Weights", help: "The numbers alone, as safetensors." },
  { form: "onnx", word: "ONNX", help: "For programs that know nothing of PyTorch." },
  { form: "keras", word: "Keras", help: "The network as Keras code, which begins with these weights." },
  { form: "run", word: "The whole run", help: "Settings, curves and weights in one file, which another playground opens." },
];

/** @param {any} does the page's acts @returns {{root: HTMLElement, update: (state: any) => void}} */
export function takingPart(does) {
  const note = el("p", { class: "help" }), buttons = FORMS.map(({ form, word, help }) => {
    const button = el("button", { class: "outline", title: help, onclick: () => fetched(button, form) }, word);
    return button;
  }), whole = buttons[buttons.length - 1];
  const root = el("section", { class: "taking" }, el("h3", { class: "label" }, "Take it with you"), note, el("div", { class: "row-tools" }, ...buttons));

  async function fetched(button, form) {
    mark(button, { disabled: true });
    await does.take(form);
    mark(button, { disabled: false });
  }

  function update(state) {
    const isThere = hasTrained(state);
    say(note, isThere ? "The trained network as a file. The first one is a page that needs no server and no internet." : "Once this network is trained, it can leave as a file.");
    mark(buttons[0].parentElement, { hidden: !isThere });
    mark(whole, { hidden: !showsRun(state) || (isLive(state.run) && state.run.status !== "paused") });
  }

  return { root, update };
}
