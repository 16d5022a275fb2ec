// Plotly is large: it is fetched after the first paint, once.

let coming = /** @type {Promise<any> | null} */ (null);

/** @returns {Promise<any>} the library */
export const loadPlotly = () => (coming ??= new Promise((resolve, reject) => {
  const script = document.createElement("script");
  script.src = document.body.dataset.plotly;
  script.onload = () => resolve(/** @type {any} */ (globalThis).Plotly);
  script.onerror = () => reject(new Error(`Plotly could not be read from ${script.src}`));
  document.head.append(script);
}));

/** @returns {(name: string) => string} reads a design token, for what is drawn without CSS */
export function tokens() {
  const style = getComputedStyle(document.documentElement);
  return (name) => style.getPropertyValue(name).trim();
}

/** @param {(name: string) => string} token @returns {any} the font of axis numbers */
export const plotText = (token) => ({ family: token("--font"), size: 11 * (Number(token("--type")) || 1), color: token("--ink-3") });
