// Runs before the first paint (a blocking script, no module), so that no theme flashes.
(() => {
  const themes = ["light", "dark", "projector"], root = document.documentElement;
  const wished = new URLSearchParams(location.search).get("theme") || stored();
  const system = matchMedia("(prefers-color-scheme: dark)").matches ? "dark" : "light";
  root.dataset.theme = themes.includes(wished) ? wished : system;
  root.dataset.tab = "draw";

  function stored() {
    try {
      return localStorage.getItem("theme");
    } catch (error) {
      return null; // storage is switched off: the system's wish holds
    }
  }
})();
