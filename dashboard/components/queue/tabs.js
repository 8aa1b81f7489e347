// The other tabs of this browser that have the queue open: what they tell each other, and who may act.
//
// Where the page is a secure context (HTTPS, or this machine), Web Locks say which tabs live and let one at
// a time send or take: the browser lets go of a lock when its tab dies. Elsewhere a lock is a record that
// names its tab, and a tab lives that answers when it is called.

const CHANNEL = "news-monitor-queue";
const LOCK = "news-monitor-queue:";
const ANSWER_MS = 250;
const TURN_MS = 100;

export class Tabs {
  #channel = null;
  #answers = null;  // of a call that waits
  #letGo = null;
  #stop = new AbortController();

  constructor(store, { heard = () => {} } = {}, locks = globalThis.navigator?.locks) {
    this.id = Array.from(crypto.getRandomValues(new Uint8Array(8)), (byte) => byte.toString(36)).join("");
    this.store = store;
    this.locks = locks;
    this.heard = heard;
    if ("BroadcastChannel" in globalThis) {
      this.#channel = new BroadcastChannel(CHANNEL);
      this.#channel.addEventListener("message", (event) => this.#hear(event.data), { signal: this.#stop.signal });
    }
  }

  /** From now on this tab has the queue open. */
  async enter() {
    if (this.locks && !this.#letGo) {
      await new Promise((held) => {
        const life = new Promise((done) => (this.#letGo = done));
        const living = () => {
          held();
          return life;
        };
        this.locks.request(`${LOCK}tab:${this.id}`, living).catch(held);
      });
    }
    this.tell("here");
  }

  /** It has it no more, and has no task on its screen. */
  leave() {
    this.#letGo?.();
    this.#letGo = null;
    this.tell("gone");
  }

  /** Tell the other tabs. */
  tell(kind, said = {}) {
    this.#channel?.postMessage({ ...said, kind, from: this.id });
  }

  /** The ids of the tabs that live, this one among them. */
  async alive() {
    if (this.locks) {
      const { held = [] } = await this.locks.query();
      const ids = held.map((lock) => lock.name).filter((name) => name.startsWith(`${LOCK}tab:`));
      return new Set([this.id, ...ids.map((name) => name.slice(`${LOCK}tab:`.length))]);
    }
    this.#answers ??= this.#call();
    return this.#answers;
  }

  /** Do `job` while no other tab does one of this name. */
  async exclusively(name, job) {
    if (this.locks) return this.#locked(name, job);
    while (!(await this.store.lease(name, this.id, await this.alive()))) {
      await new Promise((done) => setTimeout(done, TURN_MS));
      if (this.#stop.signal.aborted) return undefined;
    }
    try {
      return await job();
    } finally {
      await this.store.unlease(name, this.id);
    }
  }

  close() {
    this.leave();
    this.#stop.abort();
    this.#channel?.close();
    this.#channel = null;
  }

  async #locked(name, job) {
    try {
      return await this.locks.request(`${LOCK}${name}`, { signal: this.#stop.signal }, job);
    } catch (error) {
      if (this.#stop.signal.aborted) return undefined;  // it waited, and the page goes
      throw error;
    }
  }

  async #call() {
    const found = new Set([this.id]);
    this.answered = (id) => found.add(id);
    this.tell("who");
    await new Promise((done) => setTimeout(done, ANSWER_MS));
    this.#answers = null;
    return found;
  }

  #hear(said) {
    if (said?.kind === "who") this.tell("here");
    if (said?.from) this.answered?.(said.from);
    this.heard(said);
  }
}
