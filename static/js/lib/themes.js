// The theme that a person chose; theme.js puts it in place before the first paint.

const NEXT = { light: "dark", dark: "projector", projector: "light" };

/** Changes to the next theme and remembers it. @returns {string} its name */
export function turnTheme() {
  const page = document.documentElement, next = NEXT[page.dataset.theme ?? "light"];
  page.dataset.theme = next;
  try {
    localStorage.setItem("theme", next);
  } catch (error) {
    console.info("The theme can't be remembered here:", error.message);
  }
  return next;
}
