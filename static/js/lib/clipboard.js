// Copying text where the page has no secure context.

/** @param {HTMLInputElement | HTMLTextAreaElement} field its text is selected and copied @returns {boolean} whether the browser did it */
export function copyFrom(field) {
  field.focus();
  field.select();
  field.setSelectionRange(0, field.value.length);
  return document.execCommand("copy");
}

/** @param {string} text longer than a field shows @returns {boolean} whether the browser copied it */
export function copyText(text) {
  const field = document.createElement("textarea"), before = document.activeElement;
  field.value = text;
  field.className = "off-page";
  document.body.append(field);
  const done = copyFrom(field);
  field.remove();
  if (before instanceof HTMLElement) before.focus();
  return done;
}
