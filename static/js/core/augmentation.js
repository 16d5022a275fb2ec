// What is done to training pictures: a list that one adds to, orders and takes from. Every edit gives a new list.
import { entryWithDefaults } from "./recipe.js";

export const MOST = 12; // the server has the last word

/** @param {any[]} list @param {any[]} entries of the catalogue @param {string} kind @returns {any[]} */
export const added = (list, entries, kind) => [...list, entryWithDefaults(entries, kind)];

/** @param {any[]} list @param {number} at @returns {any[]} */
export const removed = (list, at) => list.filter((_, index) => index !== at);

/** @param {any[]} list @param {number} at @param {number} by places, down where it is positive @returns {any[]} the same one where there is no place */
export function moved(list, at, by) {
  const to = at + by;
  if (to < 0 || to >= list.length) return list;
  const next = removed(list, at);
  next.splice(to, 0, list[at]);
  return next;
}

/** @param {any[]} list @param {number} at @param {string} name @param {any} value @returns {any[]} */
export const changed = (list, at, name, value) => list.map((one, index) => (index === at ? { ...one, [name]: value } : one));

/** The fields of a card: numbers are slid, and how often it happens comes last. @param {{fields: any[]}} entry of the catalogue @returns {any[]} */
export function fieldsOf({ fields }) {
  const often = fields.filter((field) => field.name === "probability"), others = fields.filter((field) => field.name !== "probability");
  return [...others, ...often].map((field) => (field.minimum != null && field.maximum != null ? { ...field, scale: "range" } : field));
}

/** The digit in hand as the server takes it: strokes or a picture; nothing where the pad is empty.
 * @param {any} state of the page @returns {{strokes?: any[], picture?: string}} */
export function digitOf({ watched, strokes, picture, pins, samples }) {
  const kept = [...pins, ...samples].find((one) => one.id === watched);
  if (kept) return { picture: kept.picture };
  if (picture) return { picture: picture.base64 };
  return strokes.length ? { strokes } : {};
}
