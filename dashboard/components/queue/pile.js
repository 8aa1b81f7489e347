// The tasks that this tab has: the one on the screen and those after it, claimed for this user.
//
// Several are kept ahead, so that the next one is there when a key goes down, and some are there while the
// server is not; but no more than a third of those that are open, since what one analyst has no other one
// gets. Asking again claims them for longer, and gives what they became. Who reads on without a sign of life,
// here or at the source in another tab, keeps the one on the screen, for an hour; a tab that is closed gives
// it back, and one that died lets its claim run out. What another tab of this user has,
// or what was answered and is still being sent, is the user's too in the server's eyes; it is asked for and
// left alone.

const LEAST = 3;  // kept ahead
const AHEAD = 10;
const SHARE = 1 / 3;
const MOST = 100;  // that the API hands out at once
const RENEW_MS = 240_000;  // a claim lasts 900 s
const IDLE_MS = 600_000;  // who does nothing for longer has nothing kept ahead of what they read
const GONE_MS = 3_600_000;  // and nothing at all then: a page left open holds up nobody
const LOOK_MS = 30_000;  // between looks at an empty queue

export class Pile {
  #store;
  #server;
  #line;
  #tabs;
  #outbox;
  #timer = 0;
  #asking = null;
  #active = performance.now();
  #closed = false;

  constructor({ store, server, line, tabs, outbox, isBlind, changed, lost }) {
    this.#store = store;
    this.#server = server;
    this.#line = line;
    this.#tabs = tabs;
    this.#outbox = outbox;
    this.isBlind = isBlind;
    this.changed = changed;
    this.lost = lost;
    this.views = [];  // the first is on the screen
    this.asked = false;  // whether the server was ever heard
    this.next = 0;  // when an empty queue is looked at again (ms, Date.now())
    this.isAll = false;  // whether the server had no more when it was asked last
    this.counted = 0;  // open tasks, as far as it was told
  }

  /** How many are to be had. */
  get ahead() {
    return Math.min(AHEAD, Math.max(LEAST, Math.ceil(this.counted * SHARE)));
  }

  get isLow() {
    return this.views.length < Math.max(LEAST, this.ahead * 0.6);
  }

  /** This many tasks are open. */
  count(open) {
    this.counted = open;
    if (this.views.length < this.ahead && !this.isAll) this.refill();
  }

  get first() {
    return this.views[0] ?? null;
  }

  /** The first one was answered. */
  answered() {
    this.#active = performance.now();
    this.views.shift();
    this.#hold();
    if (this.isLow) this.refill();
  }

  /** This one comes first, before what is on the screen. */
  return(view) {
    this.views = [view, ...this.views.filter((one) => one.task.id !== view.task.id)];
    this.#hold();
  }

  /** Drop those after the first, and have others in their place, with or without the model's opinion. */
  async exchange() {
    await this.#asking;
    const rest = this.views.splice(1).map((view) => view.task.id);
    if (rest.length) await this.#server.release(rest);
    this.changed();
    await this.refill();
  }

  /** Whoever sits there did something. */
  touch() {
    const idle = performance.now() - this.#active;
    this.#active = performance.now();
    if (idle > IDLE_MS) this.refill();
  }

  /** Ask for what is lacking, and claim the rest for longer. */
  refill() {
    this.#asking ??= this.#tabs
      .exclusively("take", () => this.#take())
      .finally(() => {
        this.#asking = null;
        if (!this.#closed) this.#plan();
      });
    return this.#asking;
  }

  /** Begin, or begin again. */
  open() {
    this.#closed = false;
    return this.refill();
  }

  /** Give everything back; `leaving` says that the page goes. */
  async close(leaving = false) {
    this.#closed = true;
    clearTimeout(this.#timer);
    const tasks = this.views.map((view) => view.task.id);
    this.views = [];
    if (!tasks.length || !this.#line.isOpen) return;
    this.#store.hold(this.#tabs.id, []);
    await this.#server.release(tasks, leaving);
  }

  async #take() {
    if (this.#closed || !this.#line.isOpen) return;
    const mine = new Set(this.views.map((view) => view.task.id));
    const taken = await this.#taken();
    const n = Math.min(MOST, this.ahead + taken.size);
    const reply = await this.#server.tasks(n, this.isBlind());
    if (!this.#line.heard(reply) || reply.kind !== "ok" || this.#closed) {
      this.changed(reply);
      return;
    }
    // Read again: what was answered or taken while the request was on its way is in neither list alone.
    for (const task of await this.#taken()) taken.add(task);
    const here = new Set(this.views.map((view) => view.task.id));
    const found = new Set(reply.body.map((view) => view.task.id));
    const fresh = reply.body.filter(({ task }) => !mine.has(task.id) && !here.has(task.id) && !taken.has(task.id));
    // The user's own come first: with one that is not, or fewer than asked for, all of them are there.
    this.isAll = found.size < n;
    if (fresh.length || this.isAll) {
      const [first, ...rest] = this.views;
      const kept = rest.filter((view) => found.has(view.task.id) || !mine.has(view.task.id));
      this.views = first ? [first, ...kept] : kept;
    }
    this.views.push(...fresh);
    this.asked = true;
    await this.#hold();
    this.changed(reply);
  }

  /** The tasks that are the user's and not for this tab to show. */
  async #taken() {
    const holds = await this.#store.holds(await this.#tabs.alive());
    const elsewhere = [...holds].filter(([, tab]) => tab !== this.#tabs.id).map(([task]) => task);
    return new Set([...elsewhere, ...(await this.#outbox.tasks())]);
  }

  #hold() {
    return this.#store.hold(this.#tabs.id, this.views.map((view) => view.task.id));
  }

  #plan() {
    clearTimeout(this.#timer);
    const wait = this.views.length ? RENEW_MS : LOOK_MS;
    this.next = Date.now() + wait;
    this.#timer = setTimeout(() => {
      const idle = performance.now() - this.#active;
      const left = idle > IDLE_MS || document.visibilityState === "hidden";
      if (!this.views.length || !left) this.refill();
      else if (idle <= GONE_MS) this.#keep();
      else this.#plan();
    }, wait);
    this.changed();
  }

  /** Claim the one on the screen for longer, and say so where it is somebody else's by now. */
  async #keep() {
    const view = this.first;
    const reply = this.#line.isOpen ? await this.#server.hold([view.task.id]) : null;
    const isHeard = reply && this.#line.heard(reply) && reply.kind === "ok";
    if (isHeard && view === this.first && !reply.body.includes(view.task.id)) this.lost(view);
    if (!this.#closed && !this.#asking) this.#plan();
  }
}
