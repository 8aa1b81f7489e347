// How many tasks there are: asked now and then, however often it is wanted.

const COUNT_MS = 2_000;  // between two counts of the queue

export class Count {
  #last = -Infinity;
  #alarm = 0;

  /** `heard(open)` is told how many wait; `changed` is called after every try. */
  constructor(server, heard, changed) {
    this.server = server;
    this.heard = heard;
    this.changed = changed;
    this.told = null;  // the counts, once there are any
    this.isFresh = false;  // since tasks were last asked for
  }

  /** Count as soon as it may be. */
  soon() {
    clearTimeout(this.#alarm);
    const wait = Math.max(0, this.#last + COUNT_MS - performance.now());
    this.#alarm = setTimeout(async () => {
      this.#last = performance.now();
      const reply = await this.server.counts();
      if (reply.kind === "ok") {
        this.told = reply.body;
        this.isFresh = true;
        this.heard(reply.body.open);
      }
      this.changed();
    }, wait);
  }

  close() {
    clearTimeout(this.#alarm);
  }
}
