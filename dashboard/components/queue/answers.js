// What can be said of the article: its sentiment, the one towards each company it names, its topics.
//
// Choosing a sentiment sends the answer; the rest is marked before (draft).

import { make, set, tell } from "./dom.js";
import { measures } from "./draft.js";
import { COMPANY_ROWS, pressedAt, SENTIMENTS, topicKey } from "./keys.js";

const ARROWS = { negative: "▼", neutral: "●", positive: "▲" };
const ROWS = COMPANY_ROWS.length;

export class Answers {
  #topics = new Map();
  #rows = [];
  #isUnfolded = false;
  #unfolding = false;
  #wasOpen = false;

  /** `act(command, at)` is what keys call too; `shown()` is the task on the screen. */
  constructor({ say, topics, act, shown, isOpen }) {
    this.say = say;
    this.act = act;
    this.shown = shown;
    this.sentiments = SENTIMENTS.map((value, place) => this.#button(
      `mq-answer mq-${value}`, String(place + 1), say(value), { kind: "sentiment", value }, ARROWS[value],
    ));
    this.skip = this.#button("mq-minor", "S", say("queue.skip"), { kind: "skip" });
    this.why = this.#button("mq-minor", "P", say("queue.skip_why"), { kind: "reasons" });
    this.undo = this.#button("mq-minor", "Z", say("queue.undo"), { kind: "undo" });
    this.happened = make("p", "mq-happened", { attrs: { role: "status", "aria-live": "polite" } });
    this.question = make("p", "mq-question", { text: say("queue.question") });
    this.choice = make(
      "div", "mq-choice", { attrs: { role: "group", "aria-label": say("queue.question") } }, ...this.sentiments,
    );
    this.bar = make(
      "div", "mq-bar", {}, this.question, this.choice, make("div", "mq-pair", {}, this.skip, this.why, this.undo), this.happened,
    );
    this.companies = make("div", "mq-companies");
    this.more = this.#button("mq-minor", "N", say("queue.more"), { kind: "more" });
    this.towards = make("section", "mq-part", {}, make("h3", "", { text: say("queue.companies") }), this.companies, this.more);
    this.chips = make("div", "mq-chips");
    topics.forEach((topic, place) => {
      const chip = this.#button("mq-chip", topicKey(place), topic.title, { kind: "topic", place });
      this.#topics.set(topic.name, chip);
      this.chips.append(chip);
    });
    this.judged = make("span", "mq-judged");
    const summary = make("summary", "", {}, make("span", "", { text: say("topics") }), key("T"), this.judged);
    this.details = make("details", "mq-part mq-topics", {}, summary, this.chips);
    this.details.open = isOpen;
    this.details.addEventListener("toggle", () => {
      if (this.#unfolding) this.#unfolding = false;
      else this.opened?.(this.details.open);
    });
    this.marks = make("div", "mq-marks", {}, this.towards, this.details);
  }

  /** Whether topics take keys. */
  get isOpen() {
    return this.details.open;
  }

  set isOpen(open) {
    this.details.open = open;
  }

  /** Show what can be said of this task's article, and what is marked; `guess` names the model's topics. */
  show(view, draft, guess = []) {
    const isThere = view !== null;
    for (const node of [this.question, this.choice, this.skip, this.why, this.marks]) node.hidden = !isThere;
    if (!isThere) return;
    const isWhole = measures(view);
    tell(this.question, this.say(isWhole ? "queue.question.whole" : "queue.question"));
    this.#unfold(isWhole);
    this.sentiments.forEach((button, place) => set(button, "aria-pressed", draft.sentiment === SENTIMENTS[place]));
    for (const [name, chip] of this.#topics) {
      set(chip, "aria-pressed", draft.topics?.has(name) ?? false);
      chip.classList.toggle("mq-guessed", guess.includes(name));
    }
    const n = draft.topics?.size ?? 0;
    tell(this.judged, draft.topics === null ? this.say("queue.topics.none") : this.say("queue.topics.n", { n }));
    this.#showCompanies(view.companies, draft);
  }

  /** Open the topics while they are asked for, and leave them afterwards as they were. */
  #unfold(isAsked) {
    if (isAsked === this.#isUnfolded) return;
    this.#isUnfolded = isAsked;
    if (isAsked) this.#wasOpen = this.details.open;
    const isOpen = isAsked || this.#wasOpen;
    if (this.details.open === isOpen) return;
    this.#unfolding = true;
    this.details.open = isOpen;
  }

  #showCompanies(named, draft) {
    this.towards.hidden = named.length === 0;
    this.more.hidden = named.length <= ROWS;
    while (this.#rows.length > named.length) this.#rows.pop().node.remove();
    while (this.#rows.length < named.length) this.#rows.push(this.#row(this.#rows.length));
    named.forEach(({ id, name }, place) => {
      const row = this.#rows[place];
      const number = place - draft.row * ROWS;  // of the row of keys that it has now
      const keys = number >= 0 && number < ROWS ? COMPANY_ROWS[number] : "";
      tell(row.name, name);
      set(row.node, "aria-label", name);
      row.buttons.forEach((button, column) => {
        tell(button.firstChild, keys[column] ?? "");
        button.firstChild.hidden = !keys;
        set(button, "aria-label", `${name}: ${this.say(SENTIMENTS[column])}`);
        set(button, "aria-keyshortcuts", keys[column] ?? null);
        set(button, "aria-pressed", draft.companies.get(id) === SENTIMENTS[column]);
      });
    });
  }

  #row(place) {
    const name = make("span", "mq-company");
    const buttons = SENTIMENTS.map((value) => this.#button(
      `mq-towards mq-${value}`, "?", ARROWS[value], { kind: "company", place, value },
    ));
    const node = make("div", "mq-row", { attrs: { role: "group" } }, name, ...buttons);
    this.companies.append(node);
    return { node, name, buttons };
  }

  #button(names, shortcut, text, command, icon = "") {
    const button = make(
      "button", `mq-button ${names}`, { attrs: { type: "button", "aria-keyshortcuts": spoken(shortcut) } },
      key(shortcut), icon ? make("span", "mq-icon", { text: icon, attrs: { "aria-hidden": "true" } }) : null,
      make("span", "", { text }),
    );
    // The press that began on this article is for this article, whatever is shown when it ends.
    let begun = null;
    const press = (event) => ({ view: this.shown(), at: pressedAt(event) });
    button.addEventListener("pointerdown", (event) => (begun = press(event)));
    button.addEventListener("click", (event) => {
      const { view, at } = (event.detail > 0 && begun) || press(event);  // detail 0: by keyboard or a program
      begun = null;
      if (view === this.shown()) this.act(command, at);
    });
    return button;
  }
}

function key(text) {
  return make("kbd", "mq-key", { text, attrs: { "aria-hidden": "true" } });
}

function spoken(shortcut) {
  return shortcut.startsWith("⇧") ? `Shift+${shortcut.slice(1)}` : shortcut;
}
