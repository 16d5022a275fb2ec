// Plays the tapes on stdin, [{tape, weights, picture}] with weights in base64, and prints what each network gives: for tests/trainer.
import { fromBase64 } from "../../static/js/core/frame.js";
import { player } from "../../static/js/core/tape.js";

let text = "";
for await (const piece of process.stdin) text += piece;
const answers = JSON.parse(text).map(({ tape, weights, picture }) => {
  const { outputs } = player(tape, new Float32Array(fromBase64(weights).buffer))(Float32Array.from(picture));
  return tape.layers.map(({ name }) => ({ shape: outputs.get(name).shape.slice(1), values: [...outputs.get(name).values] }));
});
console.log(JSON.stringify(answers));
