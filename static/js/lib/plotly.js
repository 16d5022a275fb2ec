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
