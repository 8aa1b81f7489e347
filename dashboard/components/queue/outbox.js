// Answers on their way: kept before they are sent, sent one at a time in the order they were given, and let
// go when the server has them.
//
// An entry is { kind: label | skip | undo, key, user, tab, task, article, ..., view, state, tried, detail }:
// `waiting`; `taken` (somebody else was first: `became` says who and what) and `refused` stay until they are
// dismissed. `tried`: it may have reached the server, so that it cannot be taken back here any more.

const TRIES = 5;  // of an answer that the server fails at (500), before the next one is sent

export class Outbox {
  #store;
  #server;
  #line;
  #tabs;
  #draining = null;
  #more = false;
  #fails = new Map();

  constructor({ store, server, line, tabs, heard }) {
    this.#store = store;
    this.#server = server;
    this.#line = line;
    this.#tabs = tabs;
    this.heard = heard;
    this.entries = [];  // this user's
    this.isRead = false;  // whether it is known what is kept from before
    this.others = new Map();  // user -> how many of theirs wait
    this.sending = null;  // seq of the one on its way
    this.deciding = 0;  // undos of which it is being found out how
  }

  get user() {
    return this.#server.user;
  }

  /** How many wait. */
  get waiting() {
    return this.entries.filter((entry) => entry.state === "waiting").length;
  }

  /** Do `job`, of which nothing can be said yet: something is on its way until it is done. */
  async during(job) {
    this.deciding += 1;
    try {
      return await job();
    } finally {
      this.deciding -= 1;
      this.heard.changed();
    }
  }

  /** Keep an answer and send it when its turn comes. */
  async add(entry) {
    const kept = { ...entry, user: this.#server.user, tab: this.#tabs.id, state: "waiting", tried: false };
    this.entries = [...this.entries, kept];  // shown at once; it has a number when it is kept
    this.heard.changed();
    await this.#store.add(kept);
    await this.#changed();
    this.drain();
  }

  /** Take back an answer that was never sent: the one with this key, or the last one there is. The entry, or
   *  null. */
  async takeBack(key = "") {
    const fits = (entry) => entry.user === this.#server.user && (!key || entry.key === key);
    const entry = await this.#store.takeBack(fits);
    if (entry) await this.#changed();
    return entry;
  }

  /** Send what was refused once more. */
  async again(seq) {
    await this.#store.change(seq, { state: "waiting" });
    this.#fails.delete(seq);
    await this.#changed();
    this.drain();
  }

  async dismiss(seq) {
    await this.#store.remove(seq);
    await this.#changed();
  }

  /** The tasks whose answers the server may not have yet. */
  async tasks() {
    const kept = (await this.#store.entries()).filter((entry) => entry.user === this.#server.user);
    return new Set(kept.filter((entry) => entry.state === "waiting" && entry.kind !== "undo").map(({ task }) => task));
  }

  /** Read what is kept; another tab may have changed it. */
  async refresh() {
    const kept = await this.#store.entries();
    this.entries = kept.filter((entry) => entry.user === this.#server.user);
    this.isRead = true;
    this.others = new Map();
    for (const entry of kept) {
      if (entry.user !== this.#server.user && entry.state === "waiting") {
        this.others.set(entry.user, (this.others.get(entry.user) ?? 0) + 1);
      }
    }
    this.heard.changed();
  }

  /** Send what waits, as far as the line allows. Only one tab does at a time. */
  drain() {
    this.#more = true;
    this.#draining ??= this.#run();
    return this.#draining;
  }

  async #run() {
    try {
      while (this.#more) {
        this.#more = false;
        await this.#tabs.exclusively("send", () => this.#sendAll());
      }
    } finally {
      this.#draining = null;
    }
  }

  async #sendAll() {
    while (this.#line.isOpen) {
      const entry = await this.#store.next(this.#server.user);
      if (!entry) return;
      this.sending = entry.seq;
      this.heard.changed();
      const reply = await this.#server.send(entry);
      this.sending = null;
      const isAnswered = this.#line.heard(reply);
      await this.#settle(entry, reply, isAnswered);
      await this.#changed();
      if (!isAnswered) return;
    }
  }

  async #settle(entry, reply, isAnswered) {
    const told = { status: reply.status, detail: reply.body?.detail ?? "", became: reply.body?.became ?? null };
    if (reply.kind === "ok" || (isAnswered && entry.kind === "undo")) {
      // An undo that is refused has nothing to take back: the answer was refused itself.
      await this.#store.remove(entry.seq);
      this.heard.sent(entry, reply.kind === "ok" ? reply.body : null);
    } else if (isAnswered) {
      const state = reply.kind === "taken" ? "taken" : "refused";
      await this.#store.change(entry.seq, { state, ...told });
      this.heard.failed({ ...entry, state, ...told });
    } else if (reply.kind === "login" || reply.kind === "other") {
      await this.#store.change(entry.seq, { tried: entry.tried });  // it was turned away at the door
    } else if (reply.status === 500) {
      const fails = (this.#fails.get(entry.seq) ?? 0) + 1;
      this.#fails.set(entry.seq, fails);
      if (fails >= TRIES) await this.#store.change(entry.seq, { state: "refused", ...told });
    }
  }

  async #changed() {
    await this.refresh();
    this.#tabs.tell("outbox");
  }
}
