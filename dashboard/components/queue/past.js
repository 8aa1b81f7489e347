// What this tab answered, and the way back.
//
// An answer that was never sent is taken out of the outbox. One that may have reached the server is taken
// back there, by its key; older ones, of an earlier visit, as the server has them, the last one first.

import { draftOf, newDraft } from "./draft.js";
import { newKey } from "./server.js";

const DEPTH = 200;  // answers that are shown again at once; older ones come from the server

export class Past {
  #given = [];  // { key, view, draft }, the last one last

  /** `back(view, draft)` puts an article on the screen again; `nothing()` says that there is none. */
  constructor({ outbox, tabs, back, nothing }) {
    this.outbox = outbox;
    this.tabs = tabs;
    this.back = back;
    this.nothing = nothing;
  }

  add(key, view, draft) {
    this.#given.push({ key, view, draft });
    if (this.#given.length > DEPTH) this.#given.shift();
  }

  /** This answer came to nothing: there is none to take back. */
  drop(fits) {
    this.#given = this.#given.filter((past) => !fits(past));
  }

  /** Take back the last answer. Whether its article is on the screen already; else the server is asked. */
  undo() {
    return this.outbox.during(() => this.#undo());
  }

  async #undo() {
    const last = this.#given.pop();
    if (last) {
      this.back(last.view, last.draft);
      if (!(await this.outbox.takeBack(last.key))) await this.#ask(last.key, last.view);
      return true;
    }
    const unsent = await this.outbox.takeBack();
    if (!unsent) {
      await this.#ask("", null);
      return false;
    }
    this.back(unsent.view, draftOf(unsent));
    return true;
  }

  /** The server took an answer back: `view` is its task, null where there was none. */
  taken(entry, view) {
    this.tabs.tell("undone", { tab: entry.tab, isShown: Boolean(entry.view), view });
    if (entry.tab === this.tabs.id) this.#came(Boolean(entry.view), view);
  }

  /** Another tab sent an undo: this one's, or its own, of what may have been answered here. */
  heard({ tab, isShown, view }) {
    if (tab === this.tabs.id) this.#came(isShown, view);
    else this.drop((past) => past.view.task.id === view?.task.id);
  }

  #came(isShown, view) {
    if (isShown) return;
    if (view) this.back(view, newDraft());
    else this.nothing();
  }

  #ask(of, view) {
    return this.outbox.add({ kind: "undo", key: newKey(), of, task: view?.task.id ?? null, view, at: Date.now() });
  }
}
