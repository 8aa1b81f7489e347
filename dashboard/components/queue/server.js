// The API, as the queue asks it. Every request says for which user it is made (As-User), so that the server
// does nothing where another one is logged in by now; every answer has a key of its own (Idempotency-Key),
// so that sending it again does nothing twice.
//
// A reply is { kind, status, body, wait }: `ok`; `down` (no answer), `busy` (429, 5xx: again after `wait`
// seconds), `login` (401), `other` (403 that names another user), `taken` (409), `refused` (it would be refused again).

const PATIENCE_MS = 15_000;
const BUSY = new Set([408, 425, 429, 500, 502, 503, 504]);
const KINDS = new Map([[401, "login"], [409, "taken"]]);

export class Server {
  constructor(user, fetcher = (...asked) => fetch(...asked)) {
    this.user = user;
    this.fetcher = fetcher;
  }

  me() {
    return this.#ask("GET", "/api/me");
  }

  counts() {
    return this.#ask("GET", "/api/queue");
  }

  tasks(n, blind) {
    return this.#ask("GET", `/api/tasks?n=${n}&blind=${blind}`);
  }

  /** Keep tasks for longer; answered by those that are still this user's. */
  hold(tasks) {
    return this.#ask("POST", "/api/tasks/hold", { body: { tasks } });
  }

  /** Give tasks back; `leaving` lets the request outlive the page. */
  release(tasks, leaving = false) {
    return this.#ask("POST", "/api/tasks/release", { body: { tasks }, keepalive: leaving });
  }

  explanation(article, target) {
    return this.#ask("GET", `/api/articles/${article}/explanation?target=${encodeURIComponent(target)}`, {
      patience: 8 * PATIENCE_MS,
    });
  }

  /** Send what the outbox holds: a label, a skip, or an undo of one. */
  send(entry) {
    const { key, task, article, seconds, suggested } = entry;
    if (entry.kind === "undo") return this.#ask("POST", "/api/tasks/undo", { key, body: { of: entry.of } });
    const how = { seconds, suggested, article };
    if (entry.kind === "skip") return this.#ask("POST", `/api/tasks/${task}/skip`, { key, body: { ...how, note: entry.note ?? "" } });
    const { sentiment, topics, companies } = entry;
    return this.#ask("POST", `/api/tasks/${task}/label`, { key, body: { ...how, sentiment, topics, companies } });
  }

  async #ask(method, path, { body, key, keepalive = false, patience = PATIENCE_MS } = {}) {
    const headers = { "As-User": encodeURIComponent(this.user) };
    if (key) headers["Idempotency-Key"] = key;
    if (body) headers["Content-Type"] = "application/json";
    const asked = { method, headers, keepalive, redirect: "error", cache: "no-store", credentials: "same-origin" };
    if (body) asked.body = JSON.stringify(body);
    try {
      const answer = await this.fetcher(path, { ...asked, signal: AbortSignal.timeout(patience) });
      const told = answer.status === 204 ? null : await answer.json().catch(() => undefined);
      return reply(answer, told);
    } catch {
      return { kind: "down", status: 0, body: null, wait: 0 };
    }
  }
}

function reply(answer, body) {
  const status = answer.status;
  if (answer.ok && body === undefined) return { kind: "down", status, body: null, wait: 0 };  // a proxy's page
  const isOther = status === 403 && typeof body?.user === "string";
  const kind = answer.ok ? "ok" : isOther ? "other" : BUSY.has(status) ? "busy" : (KINDS.get(status) ?? "refused");
  return { kind, status, body: body ?? null, wait: seconds(answer.headers.get("Retry-After")) };
}

/** Retry-After in seconds: a number, or a date (RFC 9110 10.2.3). */
function seconds(told) {
  if (!told) return 0;
  const wait = /^\d+$/.test(told.trim()) ? Number(told) : (Date.parse(told) - Date.now()) / 1000;
  return Number.isFinite(wait) ? Math.min(Math.max(wait, 0), 600) : 0;
}

/** A key for one answer: 122 random bits, also where there is no secure context. */
export function newKey() {
  if (globalThis.crypto.randomUUID) return globalThis.crypto.randomUUID();
  const bytes = globalThis.crypto.getRandomValues(new Uint8Array(16));
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
}
