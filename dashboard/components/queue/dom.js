// Making the page out of nodes: every text is a text node, whoever wrote it.

const HIDDEN = /[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u200e\u200f\u202a-\u202e\u2066-\u2069]/g;

/** An element: `names` is its class, `rest` may hold `text`, `attrs`, and handlers as `onclick`. */
export function make(kind, names = "", rest = {}, ...children) {
  const node = document.createElement(kind);
  if (names) node.className = names;
  const { text, attrs = {}, ...handlers } = rest;
  if (text !== undefined) node.textContent = clean(text);
  for (const [name, value] of Object.entries(attrs)) set(node, name, value);
  for (const [name, heard] of Object.entries(handlers)) node.addEventListener(name.slice(2), heard);
  node.append(...children.filter((child) => child !== null && child !== undefined));
  return node;
}

/** Set an attribute; null and undefined take it away. True and false are words to ARIA; else true sets it
 *  empty and false takes it away. */
export function set(node, name, value) {
  const isFlag = typeof value === "boolean" && !name.startsWith("aria-");
  const written = isFlag ? (value ? "" : null) : value;
  if (written === null || written === undefined) node.removeAttribute(name);
  else if (node.getAttribute(name) !== String(written)) node.setAttribute(name, written);
}

/** Give the node this text, if it has another one. */
export function tell(node, text) {
  const said = clean(text);
  if (node.textContent !== said) node.textContent = said;
}

/** `text` without control characters and marks that turn its direction. */
export function clean(text) {
  return String(text).replace(HIDDEN, "");
}

/** Nodes of `text` with the places [start, end) marked. Places count code points, as Python does, while
 *  JavaScript counts halves of those beyond the first plane. `dress(node, place)` may style a mark. */
export function marked(text, places, dress = () => {}, kind = "mark") {
  const points = Array.from(text);
  const nodes = [];
  let end = 0;
  const plain = (upto) => {
    const between = clean(points.slice(end, upto).join(""));
    if (between) nodes.push(document.createTextNode(between));
  };
  for (const place of places) {
    const [start, stop] = Array.isArray(place) ? place : [place.start, place.end];
    if (start < end || stop <= start) continue;
    plain(start);
    const node = make(kind, "", { text: points.slice(start, stop).join("") });
    dress(node, place);
    nodes.push(node);
    end = stop;
  }
  plain(points.length);
  return nodes;
}

/** `text`, linked to `url` where that is a web address and nothing else. */
export function link(text, url) {
  const inner = make("bdi", "", { text });
  const address = webAddress(url);
  if (!address) return inner;
  return make("a", "", { attrs: { href: address, target: "_blank", rel: "noopener noreferrer" } }, inner);
}

function webAddress(url) {
  try {
    const parsed = new URL(String(url).trim());
    return ["http:", "https:"].includes(parsed.protocol) && parsed.hostname ? parsed.href : "";
  } catch {
    return "";
  }
}

/** A speaker of `words`: say(key, {n: 3}) fills the places of the sentence; a sentence for one ("key.one")
 *  is taken where n is 1. */
export function speaker(words) {
  return (key, values = {}) => {
    const chosen = values.n === 1 && words[`${key}.one`] !== undefined ? words[`${key}.one`] : words[key];
    return String(chosen ?? key).replace(/\{(\w+)\}/g, (whole, name) => String(values[name] ?? whole));
  };
}
