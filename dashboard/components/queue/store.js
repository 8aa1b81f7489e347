// What outlives the page: unsent answers, and which tab has which task on its screen.
//
// IndexedDB, since it is written as a whole or not at all, is shared by all tabs, and lets one at a time
// write. Where a browser has none to give (its private windows, a full disk) the answers are kept in memory,
// `lasting` is false, and the page says so.

const NAME = "news-monitor-queue";
const TABLES = { outbox: { keyPath: "seq", autoIncrement: true }, holds: { keyPath: "task" }, leases: { keyPath: "name" } };

export async function openStore(factory = globalThis.indexedDB, changed = () => {}) {
  const store = new Store(factory, changed);
  await store.open();
  return store;
}

class Store {
  #factory;
  #base = null;
  #memory = Object.fromEntries(Object.keys(TABLES).map((name) => [name, new Memory(TABLES[name].keyPath)]));

  constructor(factory, changed) {
    this.#factory = factory;
    this.changed = changed;
    this.lasting = true;
  }

  async open() {
    try {
      this.#base = await opened(this.#factory);
      this.#base.onversionchange = () => this.#base.close();
    } catch {
      this.#forget();
    }
  }

  /** Keep an answer; returns its number, in whose order answers are sent. It is on the disk then. */
  add(entry) {
    return this.#work(["outbox"], "readwrite", ({ outbox }) => outbox.put(entry));
  }

  /** Every answer that is kept, of whichever user, in order. */
  entries() {
    return this.#work(["outbox"], "readonly", ({ outbox }) => outbox.all());
  }

  /** The first answer of `user` that waits, as it was; from now on it may have been sent. */
  next(user) {
    return this.#work(["outbox"], "readwrite", async ({ outbox }) => {
      const first = (await outbox.all()).find((entry) => entry.user === user && entry.state === "waiting");
      if (first && !first.tried) await outbox.put({ ...first, tried: true });
      return first ?? null;
    });
  }

  /** Take an answer out that was never sent: that entry, or null where it may have been, or is not here. */
  takeBack(fits) {
    return this.#work(["outbox"], "readwrite", async ({ outbox }) => {
      const last = (await outbox.all()).filter((entry) => entry.state === "waiting" && fits(entry)).pop();
      if (!last || last.tried || last.kind === "undo") return null;
      await outbox.remove(last.seq);
      return last;
    });
  }

  /** Change some fields of an answer. */
  change(seq, fields) {
    return this.#work(["outbox"], "readwrite", async ({ outbox }) => {
      const entry = await outbox.get(seq);
      if (entry) await outbox.put({ ...entry, ...fields });
    });
  }

  remove(seq) {
    return this.#work(["outbox"], "readwrite", ({ outbox }) => outbox.remove(seq));
  }

  /** The tasks that tabs which live have on their screens: task -> tab. Those of dead tabs are forgotten. */
  holds(alive) {
    return this.#work(["holds"], "readwrite", async ({ holds }) => {
      const found = new Map();
      for (const { task, tab } of await holds.all()) {
        if (alive.has(tab)) found.set(task, tab);
        else await holds.remove(task);
      }
      return found;
    });
  }

  /** From now on `tab` has these tasks, and no others. */
  hold(tab, tasks) {
    return this.#work(["holds"], "readwrite", async ({ holds }) => {
      const kept = new Set(tasks);
      for (const held of await holds.all()) {
        if (held.tab === tab && !kept.has(held.task)) await holds.remove(held.task);
      }
      for (const task of kept) await holds.put({ task, tab });
    });
  }

  /** Take the lock `name` for `tab`, unless a tab that lives has it. Whether it was taken. */
  lease(name, tab, alive) {
    return this.#work(["leases"], "readwrite", async ({ leases }) => {
      const holder = await leases.get(name);
      if (holder && holder.tab !== tab && alive.has(holder.tab)) return false;
      await leases.put({ name, tab });
      return true;
    });
  }

  unlease(name, tab) {
    return this.#work(["leases"], "readwrite", async ({ leases }) => {
      if ((await leases.get(name))?.tab === tab) await leases.remove(name);
    });
  }

  async #work(names, mode, job) {
    if (this.#base) {
      try {
        return await this.#transact(names, mode, job);
      } catch {
        this.#forget();
      }
    }
    return job(this.#memory);
  }

  async #transact(names, mode, job) {
    const transaction = this.#base.transaction(names, mode, { durability: "strict" });
    const ended = new Promise((done, failed) => {
      transaction.oncomplete = done;
      transaction.onabort = transaction.onerror = () => failed(transaction.error);
    });
    ended.catch(() => {});
    const tables = Object.fromEntries(names.map((name) => [name, new Table(transaction.objectStore(name))]));
    const result = await job(tables);
    await ended;
    return result;
  }

  #forget() {
    this.#base = null;
    if (this.lasting) {
      this.lasting = false;
      this.changed();
    }
  }
}

/** One table of the database, inside a transaction. */
class Table {
  constructor(objects) {
    this.objects = objects;
  }

  all() {
    return answer(this.objects.getAll());
  }

  get(key) {
    return answer(this.objects.get(key));
  }

  put(row) {
    return answer(this.objects.put(row));
  }

  remove(key) {
    return answer(this.objects.delete(key));
  }
}

/** The same in memory. */
class Memory {
  #rows = new Map();
  #last = 0;

  constructor(key) {
    this.key = key;
  }

  async all() {
    return [...this.#rows.values()].sort((one, other) => (one[this.key] < other[this.key] ? -1 : 1));
  }

  async get(key) {
    return this.#rows.get(key);
  }

  async put(row) {
    const key = row[this.key] ?? (this.#last += 1);
    this.#rows.set(key, { ...row, [this.key]: key });
    return key;
  }

  async remove(key) {
    this.#rows.delete(key);
  }
}

function opened(factory) {
  return new Promise((done, failed) => {
    const request = factory.open(NAME, 1);
    request.onupgradeneeded = () => {
      for (const [name, options] of Object.entries(TABLES)) request.result.createObjectStore(name, options);
    };
    request.onsuccess = () => done(request.result);
    request.onerror = () => failed(request.error);
    request.onblocked = () => failed(new Error("blocked"));
  });
}

function answer(request) {
  return new Promise((done, failed) => {
    request.onsuccess = () => done(request.result);
    request.onerror = () => failed(request.error);
  });
}
