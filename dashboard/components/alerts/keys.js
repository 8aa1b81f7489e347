// What a key means in the list. Pure but for `listen`: events in, commands out.
//
//   J K, down up   mark the next alert, the one before     X    select it
//   Enter O        open it                                 /    search
//   A              acknowledge                             ?    help
//   E              make it mine                            U    refresh
//   R S            resolve, silence: both ask first

import { Held, isTyping, keyOf } from "../queue/keys.js";

const COMMANDS = new Map([
  ["j", { kind: "move", by: 1 }],
  ["k", { kind: "move", by: -1 }],
  ["o", { kind: "open" }],
  ["enter", { kind: "open" }],
  ["x", { kind: "select" }],
  ["a", { kind: "do", action: "acknowledge" }],
  ["e", { kind: "do", action: "assign" }],
  ["r", { kind: "do", action: "resolve" }],
  ["s", { kind: "do", action: "silence" }],
  ["u", { kind: "refresh" }],
  ["/", { kind: "search" }],
  ["?", { kind: "help" }],
]);
const WRITTEN = new Map([["ArrowDown", "j"], ["ArrowUp", "k"], ["/", "/"], ["?", "?"], ["、", "/"], ["？", "?"]]);

/** What the key asks for, or null. */
export function commandOf(event) {
  if (event.ctrlKey || event.altKey || event.metaKey) return null;
  return COMMANDS.get(WRITTEN.get(event.key) ?? keyOf(event)) ?? null;
}

/** Call `act(command)` for every key that means something, unless `covered()`. A key that is held moves on and
 *  does nothing else again. Returns what ends it. */
export function listen(act, covered, page = window) {
  const held = new Held();
  const stop = new AbortController();
  const on = (name, heard) => page.document.addEventListener(name, heard, { capture: true, signal: stop.signal });
  on("keydown", (event) => {
    const fresh = held.press(event);
    const command = commandOf(event);
    const control = event.target instanceof Element && event.target.closest("button, a, summary, input, select");
    if (control && (event.key === "Enter" || event.key === " ")) {
      if (!fresh) event.preventDefault();
      return;
    }
    if (!command || isTyping(event) || covered()) return;
    event.stopPropagation();  // R and C are Streamlit's own: run again, clear caches
    event.preventDefault();
    if (fresh || command.kind === "move") act(command);
  });
  on("keyup", (event) => held.release(event));
  on("visibilitychange", () => held.clear());
  page.addEventListener("blur", () => held.clear(), { signal: stop.signal });
  return () => stop.abort();
}
