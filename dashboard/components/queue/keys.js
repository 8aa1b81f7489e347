// What a key means. Pure but for `listen`: events in, commands out.
//
// A key is known by what is written on it where the browser says so, and by its place (`event.code`) where
// an input method or another script's layout has taken its letter: with a Chinese input method on, `key` is
// "Process" and `keyCode` 229 (UI Events 5.3, https://www.w3.org/TR/uievents/#event-type-keydown).
//
//   1 2 3          the sentiment, which also sends the answer
//   S P Z          skip, skip and say why, undo
//   1 ... 6        while it is asked why: the reason; 6 is one in words of one's own
//   U I O          the first company: negative, neutral, positive; the second has J K L, the third M , .
//   Q W E R        the topics; with Shift the second dozen
//   A D F G
//   X C V B
//   T H Y N        topics open or closed, the model's opinion hidden or shown, why, the next three companies
//   Enter Esc      send with the sentiment that is marked; clear what is marked

export const SENTIMENTS = ["negative", "neutral", "positive"];
export const COMPANY_ROWS = ["UIO", "JKL", "M,."];
export const TOPIC_KEYS = "QWERADFGXCVB";

const LETTERS = new Map([
  ["s", { kind: "skip" }],
  ["p", { kind: "reasons" }],
  ["z", { kind: "undo" }],
  ["t", { kind: "topics" }],
  ["h", { kind: "blind" }],
  ["y", { kind: "why" }],
  ["n", { kind: "more" }],
  ["enter", { kind: "commit" }],
  ["escape", { kind: "clear" }],
  ...SENTIMENTS.map((value, place) => [String(place + 1), { kind: "sentiment", value }]),
  ...[4, 5, 6].map((digit) => [String(digit), { kind: "reason", place: digit - 1 }]),
  ...COMPANY_ROWS.flatMap((row, number) =>
    [...row.toLowerCase()].map((key, place) => [key, { kind: "company", row: number, value: SENTIMENTS[place] }]),
  ),
]);
const TYPED = new Map([["。", "."], ["esc", "escape"]]);
const PLACES = new Map([
  ...[..."ABCDEFGHIJKLMNOPQRSTUVWXYZ"].map((letter) => [`Key${letter}`, letter.toLowerCase()]),
  ...[..."123456"].flatMap((digit) => [[`Digit${digit}`, digit], [`Numpad${digit}`, digit]]),
  ["Comma", ","], ["Period", "."], ["Enter", "enter"], ["NumpadEnter", "enter"], ["Escape", "escape"],
]);
// Streamlit's own single-key commands (run again, clear caches, close), which our meaning goes before.
const STREAMLIT = new Set(["r", "c", "escape"]);
const PRESSES = new Set(["checkbox", "radio", "button", "submit", "reset", "image", "file", "color", "range"]);
const FIELDS = new Set(["textbox", "searchbox", "combobox", "spinbutton", "listbox"]);

/** The key's name ("1", "s", ",", "enter"), or "" where it is none of ours or is part of a shortcut. */
export function keyOf(event) {
  if (event.ctrlKey || event.altKey || event.metaKey || event.getModifierState?.("AltGraph")) return "";
  const key = String(event.key ?? "");
  const hidden = event.isComposing || event.keyCode === 229 || ["Process", "Unidentified", "Dead", ""].includes(key);
  if (!hidden) {
    const typed = key.normalize("NFKC").toLowerCase();  // "２" of a full-width input method is 2
    const named = TYPED.get(typed) ?? typed;
    if (/^[a-z0-9,.]$/.test(named) || ["enter", "escape"].includes(named)) return named;
    if ([...key].length > 1) return "";  // an arrow, F5, or End of a number pad without Num Lock
  }
  const placed = PLACES.get(event.code) ?? "";
  return event.shiftKey && !/^[a-z]$/.test(placed) ? "" : placed;
}

/** What the key asks for, or null. */
export function commandOf(key, shift) {
  const place = key ? TOPIC_KEYS.toLowerCase().indexOf(key) : -1;
  if (place >= 0) return { kind: "topic", place: place + (shift ? TOPIC_KEYS.length : 0) };
  return LETTERS.get(key) ?? null;
}

/** What a command means: while it is asked why an article is skipped, 1, 2 and 3 are reasons and Esc leaves it;
 *  else 4, 5 and 6 are nothing (null). */
export function meaningOf(command, isAsking) {
  if (!isAsking) return command?.kind === "reason" ? null : command;
  if (command?.kind === "sentiment") return { kind: "reason", place: SENTIMENTS.indexOf(command.value) };
  return command?.kind === "clear" ? { kind: "reasons" } : command;
}

/** The key of the topic at this place, as it is shown; "" where it has none. */
export function topicKey(place) {
  const row = Math.floor(place / TOPIC_KEYS.length);
  return row > 1 ? "" : (row ? "⇧" : "") + TOPIC_KEYS[place % TOPIC_KEYS.length];
}

/** Whether the key goes into a field, wherever that is: in a shadow root too, as far as one can look in. */
export function isTyping(event) {
  const path = event.composedPath?.() ?? [];
  const target = path[0] ?? event.target;
  // What a closed shadow root of an element of somebody else's holds cannot be seen; it may be a field.
  const closed = target instanceof Element && target.localName.includes("-") && !target.shadowRoot;
  return closed || path.some((node) => node instanceof Element && isField(node));
}

function isField(node) {
  if (node.localName === "input") return !PRESSES.has(node.type);
  if (node.localName === "textarea" || node.localName === "select") return true;
  return node.isContentEditable || FIELDS.has(node.getAttribute("role") ?? "");
}

/** Keys that are down: one that is held acts once, until it was let go. */
export class Held {
  #down = new Set();

  /** Whether this is a new press. */
  press(event) {
    const name = event.code || event.key;
    const fresh = !event.repeat && !this.#down.has(name);
    this.#down.add(name);
    return fresh;
  }

  release(event) {
    this.#down.delete(event.code || event.key);
    if (event.key === "Meta") this.clear();  // what is let go under it is not told (macOS)
  }

  clear() {
    this.#down.clear();
  }
}

/** Call `act(command, at)` for every key that means something, `at` being when it went down on the page's
 *  clock (ms); `covered()` says whether something lies over the article, `asking()` whether it is asked why it is
 *  skipped. Returns what ends it. */
export function listen(act, covered, asking, page = window) {
  const held = new Held();
  const stop = new AbortController();
  const on = (name, heard) => page.document.addEventListener(name, heard, { capture: true, signal: stop.signal });
  on("keydown", (event) => {
    if (event.ctrlKey || event.altKey || event.metaKey) return;
    const fresh = held.press(event);
    const key = keyOf(event);
    const control = event.target instanceof Element && event.target.closest("button, a, summary, input");
    if (control && (event.key === "Enter" || event.key === " ")) {
      if (!fresh) event.preventDefault();  // held on a button, it would press it again and again
      return;
    }
    const command = meaningOf(commandOf(key, event.shiftKey), asking());
    if (!command || isTyping(event) || covered()) return;
    if (STREAMLIT.has(key)) event.stopPropagation();
    event.preventDefault();
    if (fresh) act(command, pressedAt(event));
  });
  on("keyup", (event) => held.release(event));
  on("visibilitychange", () => held.clear());
  page.addEventListener("blur", () => held.clear(), { signal: stop.signal });
  return () => stop.abort();
}

/** When the event happened, on the clock of performance.now(); now where the browser tells something else. */
export function pressedAt(event) {
  const now = performance.now();
  return event.timeStamp > 0 && event.timeStamp <= now ? event.timeStamp : now;
}
