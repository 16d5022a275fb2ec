// Copying text where the page has no secure context.

/** @param {HTMLInputElement} field its text is selected and copied @returns {boolean} whether the browser did it */
export function copyFrom(field) {
  field.focus();
  field.select();
  field.setSelectionRange(0, field.value.length);
  return document.execCommand("copy");
}
