// A notice with at most one thing to do; nothing on the page moves for it.
import { el, icon } from "../lib/dom.js";

/** @param {HTMLElement} root @returns {{update: (news: {icon: string, text: string, word?: string, act?: () => void} | null) => void}} */
export function notice(root) {
  let written = "";
  return {
    update(news) {
      const key = news ? news.icon + news.text + (news.word ?? "") : "";
      if (key === written) return;
      written = key;
      root.hidden = !news;
      document.documentElement.classList.toggle("has-notice", Boolean(news));
      if (!news) return;
      root.replaceChildren(icon(news.icon), el("span", { class: "grow", title: news.text }, news.text), news.word ? el("button", { class: "quiet", onclick: news.act }, news.word) : "");
    },
  };
}
