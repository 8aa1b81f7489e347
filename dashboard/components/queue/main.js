// The door: what Streamlit calls to put the component on the page, and again when its data has changed.
//
// There is one page of the queue in a document, whatever Streamlit does to the element it stands in: it may
// be built anew when the connection comes back. What is not sent goes on being sent on the other pages.

import { Page } from "./page.js";

const LINGER_MS = 2_000;  // between two elements that hold the same page

let page = null;
let leaving = 0;

/** Put the queue into `parentElement`; returns what takes it out. */
export default function mount({ parentElement, data }) {
  clearTimeout(leaving);
  const stays = page && page.user === data.user;
  if (!stays) {
    page?.close();
    page = new Page(data);
  }
  const isNew = page.node.parentNode !== parentElement;
  if (isNew) parentElement.append(page.node);
  if (stays && isNew) page.desk.enter();
  return () => {
    if (page?.node.parentNode !== parentElement) return;
    page.node.remove();
    leaving = setTimeout(() => page.desk.leave(), LINGER_MS);
  };
}
