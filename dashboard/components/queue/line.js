// The line to the server: whether it answers, and to whom.
//
// up      it answers this user
// down    it does not answer
// busy    it asks for time (429, 503) or failed (500)
// login   the session is over
// other   another user is logged in, here or in another tab; nothing may be sent or taken
//
// What is not up is tried again after a wait that doubles, on `online`, and when the page is looked at again;
// `again(wasDown)` is called then.
//
// A browser that says it has no connection may be right, or may stand beside the server on one machine without
// a network. So nothing is sent then until a question without consequences, who is logged in, was answered.

const FIRST_S = 1;
const LONGEST_S = 60;
const LOOK_S = 10;  // between looks at who is logged in

export class Line {
  #server;
  #page;
  #timer = 0;
  #stop = new AbortController();

  constructor(server, { again, changed }, page = window) {
    this.#server = server;
    this.#page = page;
    this.again = again;
    this.changed = changed;
    this.state = "up";
    this.trying = false;  // it was not up, and its time to be tried has come
    this.who = server.user;  // who is logged in
    this.next = 0;  // when it is tried again (ms, Date.now())
    this.tries = 0;
    this.status = 0;
    this.reached = false;  // it answered although the browser says that there is no connection
    const on = (target, name) => target.addEventListener(name, () => this.#wake(), { signal: this.#stop.signal });
    on(page, "online");
    on(page, "offline");
    page.addEventListener("offline", () => (this.reached = false), { capture: true, signal: this.#stop.signal });
    on(page, "focus");
    on(page.document, "visibilitychange");
  }

  get isOpen() {
    return (this.state === "up" || this.trying) && !this.isCutOff;
  }

  /** The browser says that there is no connection, and nothing shows otherwise. */
  get isCutOff() {
    return this.#page.navigator.onLine === false && !this.reached;
  }

  /** Learn from a reply. Whether it is an answer, of whatever kind. */
  heard(reply) {
    this.reached = reply.kind !== "down" && this.#page.navigator.onLine === false;
    if (reply.kind === "down" || reply.kind === "busy") {
      this.tries += 1;
      const wait = Math.min(FIRST_S * 2 ** (this.tries - 1), LONGEST_S) * (0.75 + Math.random() / 2);
      this.#rest(reply.kind, Math.max(wait, reply.wait), reply.status);
      return false;
    }
    if (reply.kind === "login" || reply.kind === "other") {
      this.#rest(reply.kind, LOOK_S, reply.status);
      if (reply.kind === "other") this.look();
      return false;
    }
    // What was asked before the server named its time may be answered after.
    if (this.state === "busy" && !this.trying) return true;
    this.tries = 0;
    this.#turn("up");
    return true;
  }

  /** Ask who is logged in, and go on where it is this user. */
  async look() {
    const reply = await this.#server.me();
    if (this.#stop.signal.aborted) return;
    if (reply.kind !== "ok") {
      this.heard(reply);
      return;
    }
    this.who = reply.body.name;
    if (this.who === this.#server.user) {
      const was = this.state;
      this.heard(reply);
      this.again(was !== "up");
    } else {
      this.#rest("other", LOOK_S, 0);
    }
  }

  close() {
    this.#stop.abort();
    clearTimeout(this.#timer);
  }

  #rest(state, seconds, status) {
    clearTimeout(this.#timer);
    this.trying = false;
    this.next = Date.now() + seconds * 1000;
    this.status = status;
    this.#timer = setTimeout(() => this.#retry(), seconds * 1000);
    this.#turn(state);
  }

  #turn(state) {
    if (state === "up") {
      if (this.state === "up") return;
      clearTimeout(this.#timer);
      this.trying = false;
      this.who = this.#server.user;
    }
    this.state = state;
    this.changed();
  }

  #retry() {
    if (this.state === "login" || this.state === "other" || this.isCutOff) this.look();
    else {
      this.trying = true;
      this.again(true);
    }
  }

  #wake() {
    this.changed();
    if (this.#page.document.visibilityState === "hidden") return;
    if (this.state === "busy") return;  // it named its time
    this.look();
  }
}
