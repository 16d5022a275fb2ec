// The HTTP API: JSON in, JSON out; a mistake that a person can mend arrives as a Problem.

export class Problem extends Error {
  /** @param {{message: string, where?: (string | number)[], mend?: any}} described @param {number} [status] of the answer, 0 where none came
   * @param {number} [wait] seconds after which the server likes to be asked again, 0 where it didn't say */
  constructor(described, status = 0, wait = 0) {
    super(described.message);
    this.where = described.where ?? [];
    this.mend = described.mend ?? null;
    this.status = status;
    this.wait = wait;
  }
}

const cookie = (name) => document.cookie.split("; ").find((part) => part.startsWith(`${name}=`))?.slice(name.length + 1) ?? "";

/** @param {string} method @param {string} path below /api/ @param {any} [body] an object, a FormData or a file @param {{signal?: AbortSignal, keepalive?: boolean}} [how]
 * `keepalive` lets it arrive although the page goes @returns {Promise<any>} what it says; of a file `{name, content}` @throws {Problem} */
export async function ask(method, path, body, how = {}) {
  const asItIs = body instanceof FormData || body instanceof Blob;
  const headers = { "X-CSRFToken": cookie("csrftoken"), ...(body && !asItIs ? { "Content-Type": "application/json" } : {}) };
  const sent = asItIs ? body : body && JSON.stringify(body);
  const answer = await fetch(`/api/${path}`, { method, headers, body: sent, credentials: "same-origin", ...how }).catch((error) => {
    if (error.name === "AbortError") throw error;
    throw new Problem({ message: "The server can't be reached. Nothing is lost; try again in a moment." });
  });
  return read(answer, method, path);
}

async function read(answer, method, path) {
  if (answer.status === 204) return null;
  const name = answer.headers.get("content-disposition")?.match(/filename="([^"]+)"/)?.[1];
  if (answer.ok && name) return { name, content: await answer.blob() };
  const isJson = answer.headers.get("content-type")?.includes("json");
  const told = isJson ? await answer.json() : null;
  if (answer.ok) return told;
  if (told?.problem) throw new Problem(told.problem, answer.status, Math.ceil(Number(answer.headers.get("retry-after")) || 0));
  if (answer.status === 404) throw new Problem({ message: "This is no longer there, or it isn't yours." }, 404);
  throw new Problem({ message: `The server could not answer (${answer.status}, ${method} ${path}).` }, answer.status);
}

export const get = (path) => ask("GET", path);
export const post = (path, body) => ask("POST", path, body);
export const put = (path, body) => ask("PUT", path, body);
export const remove = (path) => ask("DELETE", path);

/** Which parts of the server answer, as its health tells. @returns {Promise<any>} null where nothing came */
export async function partsOfServer() {
  const answer = await fetch("/healthz").catch(() => null);
  return answer?.headers.get("content-type")?.includes("json") ? (await answer.json()).parts : null;
}

let making = Promise.resolve();

/** Makes something, one thing after the other: the first that somebody makes also makes them a guest, and two at once would make two.
 * @param {string} path @param {any} [body] @returns {Promise<any>} @throws {Problem} */
export function make(path, body) {
  const made = making.then(() => post(path, body));
  making = made.then(() => undefined, () => undefined);
  return made;
}

/** Only the newest question counts: an older one is given up and answers `undefined`.
 * @template Args @param {(signal: AbortSignal, question: Args) => Promise<any>} ask */
export function newest(ask) {
  let current = null;
  return async (/** @type {Args} */ question) => {
    current?.abort();
    const mine = (current = new AbortController());
    try {
      const answer = await ask(mine.signal, question);
      return mine === current ? answer : undefined;
    } catch (error) {
      if (mine !== current || error.name === "AbortError") return undefined;
      throw error;
    }
  };
}
