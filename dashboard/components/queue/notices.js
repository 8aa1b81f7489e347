// What the analyst must know of the line and of their answers: who is logged in, what is not sent yet and
// why, what somebody else answered first, what the server refused.

import { link, make, marked, tell } from "./dom.js";

const LOGIN = "/login?next=";

export class Notices {
  #shown = "";

  /** `acts` are { again(seq), dismiss(seq), reload() }. */
  constructor({ say, language, zone, acts, page = window }) {
    this.say = say;
    this.acts = acts;
    this.page = page;
    const parts = { hour: "2-digit", minute: "2-digit", second: "2-digit", hourCycle: "h23" };
    this.clock = new Intl.DateTimeFormat(language, { ...parts, timeZone: zone });
    this.banner = make("div", "mq-banner", { attrs: { role: "alert" } });
    this.state = make("p", "mq-state", { attrs: { role: "status" } });
    this.state.hidden = true;  // until it is known what is kept
    this.unsent = make("ul", "mq-list");
    this.failed = make("div", "mq-failed");
    this.node = make("section", "mq-outbox", { attrs: { "aria-label": say("queue.sending") } }, this.state, this.unsent);
  }

  /** Show it all; `others` says how many other tabs have the queue open. */
  show({ line, outbox, isLasting, others }) {
    const lines = [...this.#troubles(line, outbox, isLasting), ...this.#foreign(outbox)];
    if (others) lines.push(make("p", "", { text: this.say("queue.tabs", { n: others }) }));
    const shown = lines.map((node) => node.textContent).join("\n");
    if (shown !== this.#shown) this.banner.replaceChildren(...lines);
    this.#shown = shown;
    this.banner.hidden = lines.length === 0;
    this.#showUnsent(line, outbox);
    this.#showFailed(outbox.entries.filter((entry) => entry.state !== "waiting"));
  }

  #troubles(line, outbox, isLasting) {
    const say = this.say;
    const found = [];
    if (line.state === "login") {
      const { pathname, search } = this.page.location;
      const href = LOGIN + encodeURIComponent(pathname + search).replaceAll("%2F", "/");
      const asked = make("a", "mq-link", { text: say("log_in"), attrs: { href } });
      found.push(make("p", "", {}, document.createTextNode(`${say("queue.login")} `), asked));
    }
    if (line.state === "other") {
      const values = { who: line.who, user: outbox.user };
      const again = make("button", "mq-button", { text: say("queue.reload"), onclick: () => this.acts.reload() });
      found.push(make("p", "", {}, document.createTextNode(`${say("queue.other", values)} `), again));
    }
    if (!isLasting) found.push(make("p", "", { text: say("queue.fleeting") }));
    return found;
  }

  #foreign(outbox) {
    return [...outbox.others].map(([user, n]) => make("p", "", { text: this.say("queue.foreign", { user, n }) }));
  }

  #showUnsent(line, outbox) {
    const waiting = outbox.entries.filter((entry) => entry.state === "waiting");
    const n = waiting.length;
    this.state.hidden = false;
    const idle = this.say(outbox.deciding ? "queue.undoing" : "queue.all_sent");
    tell(this.state, n ? `${this.say("queue.unsent", { n })} ${this.#why(line)}`.trim() : idle);
    this.state.classList.toggle("mq-waits", n + outbox.deciding > 0);
    const isSlow = n > 0 && (!line.isOpen || waiting.some((entry) => entry.tried && outbox.sending !== entry.seq));
    this.unsent.hidden = !isSlow;
    this.unsent.replaceChildren(...(isSlow ? waiting.map((entry) => this.#item(entry, line, outbox)) : []));
  }

  #why(line) {
    const say = this.say;
    if (line.isCutOff) return say("queue.offline");
    const time = this.clock.format(new Date(line.next));
    if (line.state === "down") return say("queue.down", { time });
    if (line.state === "busy") return say(line.status === 500 ? "queue.failing" : "queue.busy", { time });
    return line.state === "login" ? say("queue.waits_login") : "";
  }

  #item(entry, line, outbox) {
    const key = outbox.sending === entry.seq ? "queue.now" : entry.tried ? "queue.tried" : "queue.kept";
    return make(
      "li", "", {}, make("b", "", { text: said(this.say, entry) }), document.createTextNode(" "),
      make("bdi", "", { text: headline(entry.view) }), make("span", "mq-note", { text: ` ${this.say(key)}` }),
    );
  }

  #showFailed(entries) {
    const key = entries.map((entry) => `${entry.seq}${entry.state}`).join();
    if (key === this.failedKey) return;
    this.failedKey = key;
    this.failed.replaceChildren(...entries.map((entry) => this.#card(entry)));
  }

  #card(entry) {
    const say = this.say;
    const yours = make("p", "", { text: say("queue.you_said", { said: said(say, entry) }) });
    const became = make("p", "mq-became", { text: this.#became(entry) });
    const buttons = make("div", "mq-pair", {}, make(
      "button", "mq-button mq-minor", { text: say("queue.dismiss"), onclick: () => this.acts.dismiss(entry.seq) },
    ));
    if (entry.state === "refused") {
      buttons.append(make(
        "button", "mq-button mq-minor", { text: say("queue.again"), onclick: () => this.acts.again(entry.seq) },
      ));
    }
    const { view } = entry;
    const article = view ? [
      make("h3", "", {}, link(view.article.title || headline(view), view.article.url)),
      make("div", "mq-text", {}, make("bdi", "", {}, ...marked(view.article.text, view.text_marks))),
    ] : [];
    return make("article", "mq-card", { attrs: { role: "alert" } }, became, ...article, yours, buttons);
  }

  #became({ state, became, detail, status, user: own }) {
    if (state === "refused") return this.say("queue.refused", { detail: detail || status });
    const { user = "", outcome = "", sentiment = "" } = became ?? {};
    const key = { held: "queue.held", skip: "queue.skipped_by", label: "queue.labelled_by" }[outcome];
    if (!key) return detail || this.say("queue.closed");
    const who = user === own ? this.say("queue.you") : user;
    return this.say(key, { user: who, sentiment: sentiment ? this.say(sentiment) : "" });
  }
}

/** An answer in words. */
export function said(say, entry) {
  if (entry.kind === "undo") return say("queue.undo");
  if (entry.kind === "skip") return entry.note ? `${say("queue.skip")} (${entry.note})` : say("queue.skip");
  const parts = [say(entry.sentiment)];
  for (const [id, towards] of Object.entries(entry.companies)) {
    const name = entry.view?.companies.find((company) => company.id === id)?.name ?? id;
    parts.push(`${name}: ${say(towards)}`);
  }
  return parts.join(", ");
}

/** What an article is called. */
export function headline(view) {
  return view ? view.article.title || Array.from(view.article.text).slice(0, 80).join("") : "";
}
