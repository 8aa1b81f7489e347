// What this browser remembers of a user's choices. Where it remembers nothing (a private window), a choice
// lasts as long as the page.

export class Choices {
  #made = new Map();

  constructor(user, memory) {
    this.user = user;
    this.memory = memory;
  }

  get(choice) {
    try {
      return this.#made.get(choice) ?? this.memory.getItem(this.#name(choice));
    } catch {
      return null;
    }
  }

  set(choice, value) {
    this.#made.set(choice, value);
    try {
      this.memory.setItem(this.#name(choice), value);
    } catch {
      // It is remembered here.
    }
  }

  #name(choice) {
    return `news-monitor-queue:${choice}:${this.user}`;
  }
}

/** The browser's own memory, or null: reading the property alone may be refused. */
export function ownMemory(page = window) {
  try {
    return page.localStorage;
  } catch {
    return null;
  }
}
