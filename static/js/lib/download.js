// A file made of what the page has.

/** @param {string} name @param {string | Blob} content */
export function download(name, content) {
  const file = content instanceof Blob ? content : new Blob([content], { type: "text/plain" });
  const link = document.createElement("a"), address = URL.createObjectURL(file);
  link.href = address;
  link.download = name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(address), 60_000);
}
