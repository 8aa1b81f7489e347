// Skipping with a reason: of which article it is asked why, and what is said.

import { REASONS } from "./reasons.js";

export class Leaving {
  #task = null;

  constructor({ say, told, changed }) {
    this.say = say;
    this.told = told;
    this.changed = changed;
  }

  /** Whether it is asked why this article is skipped. */
  isAbout(view) {
    return view !== null && this.#task === view.task.id;
  }

  /** Ask why, or ask no more. */
  ask(view) {
    const isOver = this.isAbout(view);
    this.#task = isOver ? null : view.task.id;
    this.told(this.say(isOver ? "queue.reasons.left" : "queue.reasons"));
    this.changed();
  }

  end() {
    this.#task = null;
  }

  /** The reason in words: the `place` of one that is offered, or a `note`; "" of the place that is typed. */
  noteOf({ place, note }) {
    return note ?? (place < REASONS.length ? this.say(REASONS[place]) : "");
  }
}
