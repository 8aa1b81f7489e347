// The door: what Streamlit calls to put the list on the page, and again when its data has changed.
//
// There is one list in a document. It stays while its data changes, so that what is marked, selected or asked
// is by an alert's id and never by a place on the screen.

import { List } from "./list.js";

let list = null;

/** Put the list into `parentElement`; returns what takes it out. */
export default function mount({ parentElement, data, setTriggerValue }) {
  if (list && list.user === data.user) list.update(data);
  else {
    list?.leave();
    list = new List(data);
  }
  list.ask = setTriggerValue ?? (() => {});
  if (list.node.parentNode !== parentElement) parentElement.append(list.node);
  list.enter();
  const shown = list;
  return () => {
    if (shown.node.parentNode !== parentElement) return;
    shown.node.remove();
    shown.leave();
  };
}
