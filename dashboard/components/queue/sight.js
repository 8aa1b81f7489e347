// How long the article has been on the screen.
//
// It is from the frame after the one that shows it: the second of two animation frames, since the first one's
// callback runs before its own paint (HTML 8.1.7.3, "update the rendering"). What counts is the frame's own
// time, which all of its callbacks are told alike, not when a busy page came to this one. Only while the page
// can be seen: hidden, no frame is drawn, and coming back counts from a new paint.

export class Sight {
  #page;
  #since = null;  // when it was painted (ms, on the clock of performance.now()); null while it is not on the screen
  #before = 0;  // ms that it was on the screen before the page was hidden
  #run = 0;
  #painted = null;
  #stop = new AbortController();

  constructor(page = document) {
    this.#page = page;
    page.addEventListener("visibilitychange", () => this.#turn(), { signal: this.#stop.signal });
  }

  /** An article was put on the page now; `painted` is called once it is painted. */
  begin(painted = () => {}) {
    this.#before = 0;
    this.#painted = painted;
    this.#wait();
  }

  /** Nothing is on the page. */
  end() {
    this.#run += 1;
    this.#since = null;
    this.#before = 0;
    this.#painted = null;
  }

  /** Whether the article had been on the screen for `ms` at the moment `at`. */
  seenFor(ms, at) {
    return this.#since !== null && at - this.#since >= ms;
  }

  /** Seconds on the screen until the moment `at`. */
  seconds(at) {
    const now = this.#since === null ? 0 : Math.max(0, at - this.#since);
    return (this.#before + now) / 1000;
  }

  close() {
    this.#stop.abort();
    this.end();
  }

  #wait() {
    const run = (this.#run += 1);
    this.#since = null;
    if (this.#page.visibilityState === "hidden") return;
    requestAnimationFrame(() =>
      requestAnimationFrame((at) => {
        if (run !== this.#run) return;
        this.#since = at;
        this.#painted();
      }),
    );
  }

  #turn() {
    if (this.#page.visibilityState === "hidden") {
      if (this.#since !== null) this.#before += performance.now() - this.#since;
      this.#run += 1;
      this.#since = null;
    } else if (this.#painted) {
      this.#wait();
    }
  }
}
