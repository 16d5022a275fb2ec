// Making elements without strings of HTML.

/** @param {string} tag @param {Object<string, any>} [attributes] `on…` are listeners; null and false are left out
 * @param {...(Node | string | null | undefined | false)} children @returns {any} */
export function el(tag, attributes = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) put(element, name, value);
  for (const child of children) if (child != null && child !== false) element.append(child);
  return element;
}

function put(element, name, value) {
  if (value == null || (value === false && !name.startsWith("aria-"))) return;
  if (name.startsWith("on")) element.addEventListener(name.slice(2), value);
  else if (name === "class") element.className = value;
  else element.setAttribute(name, value === true && !name.startsWith("aria-") ? "" : String(value));
}

const SVG = "http://www.w3.org/2000/svg";

/** @param {string} name of a symbol in the page @returns {SVGElement} */
export function icon(name) {
  const image = document.createElementNS(SVG, "svg"), use = document.createElementNS(SVG, "use");
  image.setAttribute("class", "icon");
  image.setAttribute("aria-hidden", "true");
  use.setAttribute("href", `#${name}`);
  image.append(use);
  return image;
}

/** @param {Element} element @param {string} text written only when it is another */
export function say(element, text) {
  if (element.textContent !== text) element.textContent = text;
}

/** @param {Element} element @param {Object<string, any>} states attribute → value; null takes it away */
export function mark(element, states) {
  for (const [name, value] of Object.entries(states)) {
    if (value == null || (value === false && !name.startsWith("aria-"))) element.removeAttribute(name);
    else write(element, name, value === true && !name.startsWith("aria-") ? "" : String(value));
  }
}

function write(element, name, text) {
  if (element.getAttribute(name) !== text) element.setAttribute(name, text);
}

/** @param {string} id @returns {any} an element that the template has */
export function byId(id) {
  const element = document.getElementById(id);
  if (!element) throw new Error(`The page has no element "${id}"`);
  return element;
}

/** @param {string} id of a json_script element @returns {any} */
export const readJson = (id) => JSON.parse(byId(id).textContent);

/** @param {EventTarget | null} target @returns {boolean} whether letters typed there belong to it */
export const isTyping = (target) => target instanceof Element && Boolean(target.closest("input:not([type=range]), textarea, select, [contenteditable]"));
