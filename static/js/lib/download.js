// A file made of text that the page has.

/** @param {string} name @param {string} text */
export function download(name, text) {
  const link = document.createElement("a"), address = URL.createObjectURL(new Blob([text], { type: "text/plain" }));
  link.href = address;
  link.download = name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(address), 60_000);
}
