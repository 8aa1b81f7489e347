// Why an article is skipped: reasons to choose by a key or a press, and one in words of one's own.

import { make } from "./dom.js";
import { pressedAt } from "./keys.js";

/** The reasons that are offered, as keys of their sentences; the one after them is typed. */
export const REASONS = ["queue.reason.unclear", "queue.reason.unreadable", "queue.reason.language", "queue.reason.no_news", "queue.reason.partial"];

const LONGEST = 2000;  // characters, as far as the API takes them

export class Reasons {
  /** `act(command, at)` is what keys call too. */
  constructor({ say, act }) {
    this.act = act;
    const buttons = REASONS.map((reason, place) => make(
      "button", "mq-button mq-chip",
      { attrs: { type: "button", "aria-keyshortcuts": String(place + 1) }, onclick: (event) => this.#choose({ place }, event) },
      key(place + 1), make("span", "", { text: say(reason) }),
    ));
    this.typed = make("input", "mq-field", { attrs: { type: "text", maxlength: LONGEST, "aria-keyshortcuts": String(REASONS.length + 1) } });
    this.typed.addEventListener("keydown", (event) => this.#strike(event));
    const other = make("label", "mq-other", {}, key(REASONS.length + 1), make("span", "", { text: say("queue.reason.other") }), this.typed);
    this.node = make(
      "section", "mq-part mq-reasons", { attrs: { role: "group", "aria-label": say("queue.reasons") } },
      make("h3", "", { text: say("queue.reasons") }), make("div", "mq-chips", {}, ...buttons), other,
    );
    this.node.hidden = true;
  }

  show(isAsked) {
    if (this.node.hidden === !isAsked) return;
    this.node.hidden = !isAsked;
    this.typed.value = "";
    if (!isAsked && document.activeElement === this.typed) this.typed.blur();
  }

  /** Let the reason be typed. */
  type() {
    this.typed.focus();
  }

  #choose(reason, event) {
    this.act({ kind: "reason", ...reason }, pressedAt(event));
  }

  /** Enter sends what was typed, Esc asks no more; what an input method still composes is not sent. */
  #strike(event) {
    if (event.isComposing || event.keyCode === 229) return;
    if (event.key === "Escape") this.act({ kind: "reasons" }, pressedAt(event));
    const note = this.typed.value.trim();
    if (event.key === "Enter" && note) this.#choose({ note }, event);
  }
}

function key(number) {
  return make("kbd", "mq-key", { text: String(number), attrs: { "aria-hidden": "true" } });
}
