// The analyst's desk: one article on the screen, and what becomes of each key.
//
// An answer belongs to the task that was on the screen when its key went down, and to no other: it is
// taken only where that article had been painted for `min_seen_ms` at that moment. It is kept (outbox), the
// next article is shown at once (pile), and the server is told in the background.

import { Choices, ownMemory } from "./choices.js";
import { Count } from "./count.js";
import { mark, missing, newDraft } from "./draft.js";
import { Leaving } from "./leaving.js";
import { Line } from "./line.js";
import { headline, said } from "./notices.js";
import { Outbox } from "./outbox.js";
import { Past } from "./past.js";
import { Pile } from "./pile.js";
import { newKey, Server } from "./server.js";
import { Sight } from "./sight.js";
import { openStore } from "./store.js";
import { Tabs } from "./tabs.js";

const LONGEST_S = 86_400;  // in view, as far as the API counts
const GONE_MS = 300;  // until a tab that says goodbye is gone

export class Desk {
  #drafts = new Map();  // task id -> draft
  #suggested = new Set();  // tasks whose suggestion was on the screen
  #undone = -Infinity;  // when the last undo was asked for

  /** `data` is what the page hands in; `told` is called with a sentence for the analyst, `changed` when
   *  there is something else to show. */
  constructor(data, { told, changed }) {
    this.data = data;
    this.say = data.say;
    this.told = told;
    this.changed = changed;
    this.leaving = new Leaving({ say: data.say, told, changed });
    this.choices = new Choices(data.user, ownMemory());
    this.problem = "";  // why the server gives no tasks
    this.others = 0;  // other tabs that have the queue open
    this.isReady = false;
    this.sight = new Sight();
    this.server = new Server(data.user);
    this.count = new Count(this.server, (open) => this.pile.count(open), changed);
    this.line = new Line(this.server, { again: (wasDown) => this.#again(wasDown), changed });
  }

  get isBlind() {
    return this.choices.get("blind") === "yes";
  }

  /** The task on the screen, or null. */
  get view() {
    return this.line.state === "other" ? null : (this.pile?.first ?? null);
  }

  /** What is marked of it. */
  get draft() {
    const id = this.view?.task.id;
    if (id === undefined) return newDraft();
    if (!this.#drafts.has(id)) this.#drafts.set(id, newDraft());
    return this.#drafts.get(id);
  }

  /** Whether it is asked why the article on the screen is skipped. */
  get isAsking() {
    return this.leaving.isAbout(this.view);
  }

  async open() {
    this.store = await openStore(globalThis.indexedDB, this.changed);
    this.tabs = new Tabs(this.store, { heard: (news) => this.#heard(news) });
    const { store, server, line, tabs } = this;
    this.outbox = new Outbox({
      store, server, line, tabs,
      heard: { changed: this.changed, sent: (...sent) => this.#sent(...sent), failed: (entry) => this.#failed(entry) },
    });
    this.pile = new Pile({
      store, server, line, tabs, outbox: this.outbox, isBlind: () => this.isBlind, changed: (reply) => this.#filled(reply),
      lost: (view) => this.told(this.say("queue.lost", { title: headline(view) })),
    });
    this.past = new Past({
      outbox: this.outbox, tabs,
      back: (view, draft) => this.#back(view, draft), nothing: () => this.told(this.say("queue.nothing_to_undo")),
    });
    this.isReady = true;
    await this.outbox.refresh();
    await this.line.look();
    this.outbox.drain();
    await this.enter();
  }

  /** The queue's page is shown: have tasks. */
  async enter() {
    if (!this.isReady) return;
    await this.tabs.enter();
    await this.#countTabs();
    await this.pile.open();
  }

  /** Another page is shown: give the tasks back. What is not sent goes on being sent. */
  leave(leaving = false) {
    const given = this.pile?.close(leaving);
    this.tabs?.leave();
    return given;
  }

  /** Do what a key or a press asks for; `at` is when it went down (ms, performance.now()). */
  act(command, at) {
    if (!this.isReady || this.line.state === "other") return;  // the page says that it is not theirs
    this.pile.touch();
    if (command.kind === "undo") this.#undo(at);
    else if (command.kind === "blind") this.hide(!this.isBlind);
    else if (!this.view) this.told(this.say("queue.nothing_here"));
    else if (!this.sight.seenFor(this.data.min_seen_ms, at)) this.#tooEarly();
    else if (command.kind === "sentiment") this.#say(at, command.value);
    else if (command.kind === "skip") this.#answer("skip", at);
    else if (command.kind === "reasons") this.leaving.ask(this.view);
    else if (command.kind === "reason") this.#leave(command, at);
    else if (command.kind !== "commit") this.#mark(command);
    else if (this.draft.sentiment) this.#say(at, this.draft.sentiment, true);
    else this.told(this.say("queue.choose"));
  }

  /** Skip for a reason; one that is not known yet is typed first. */
  #leave(reason, at) {
    const note = this.leaving.noteOf(reason);
    if (note && this.isAsking) this.#answer("skip", at, "", note);
    else this.changed({ typing: this.isAsking });
  }

  /** Send the answer; one that measures models is kept back until it says everything. Enter says that none of
   *  the topics is right where none is marked. */
  #say(at, sentiment, isEntered = false) {
    const { draft, view } = this;
    if (isEntered && missing(draft, view).topics) draft.topics = new Set();
    const left = missing(draft, view);
    if (!left.topics && !left.companies.length) {
      this.#answer("label", at, sentiment);
      return;
    }
    draft.sentiment = sentiment;
    const parts = [...left.companies, ...(left.topics ? [this.say("topics")] : [])];
    this.told(this.say("queue.incomplete", { missing: parts.join(", ") }));
    this.changed();
  }

  #mark(command) {
    const marked = mark(this.draft, command, this.view, this.data.topics, this.say);
    if (marked) this.told(this.say(...marked));
    this.changed();
  }

  #answer(kind, at, sentiment = "", note = "") {
    const { view, draft } = this;
    const isLabel = kind === "label";
    const entry = {
      kind, view, sentiment, key: newKey(), task: view.task.id, article: view.article.identity_key,
      topics: isLabel && draft.topics ? [...draft.topics] : null,
      companies: isLabel ? Object.fromEntries(draft.companies) : {},
      note,
      seconds: Math.min(LONGEST_S, Math.round(this.sight.seconds(at) * 1000) / 1000),
      suggested: this.#suggested.has(view.task.id),
      at: Date.now(),
    };
    this.outbox.add(entry);
    this.past.add(entry.key, view, { ...draft, sentiment });
    this.#drafts.delete(view.task.id);
    this.leaving.end();
    this.pile.answered();
    this.changed();
    this.told(this.say("queue.taken_in", { said: said(this.say, entry), title: headline(view) }));
  }

  async #undo(at) {
    // A key that bounces takes back one answer; what came back is seen before the next one is.
    if (at - this.#undone < this.data.min_seen_ms) {
      this.#tooEarly();
      return;
    }
    this.#undone = at;
    if (!(await this.past.undo())) this.told(this.say("queue.undoing"));
  }

  #back(view, draft) {
    this.#drafts.set(view.task.id, draft);
    this.pile.return(view);
    this.changed();
    this.told(this.say("queue.undone", { title: headline(view) }));
  }

  #tooEarly() {
    this.told(this.say("queue.too_early", { seconds: this.data.min_seen_ms / 1000 }), true);
  }

  /** Hide the model's opinion, or show it, from here on. */
  hide(isBlind) {
    this.choices.set("blind", isBlind ? "yes" : "no");
    this.told(this.say(isBlind ? "queue.hidden" : "queue.shown"));
    this.changed();
    this.pile?.exchange();
  }

  /** The model's opinion of this task was put on the screen. */
  suggests(view) {
    this.#suggested.add(view.task.id);
  }

  /** Somebody looks at the page again. */
  seen() {
    this.pile?.touch();
    this.tabs && this.#countTabs();
  }

  close(leaving = false) {
    this.count.close();
    this.sight.close();
    this.line.close();
    const given = this.leave(leaving);
    this.tabs?.close();
    return given;
  }

  #again(wasDown) {
    this.outbox?.drain();
    if (wasDown || this.pile?.isLow) this.pile?.refill();
  }

  #filled(reply) {
    if (reply?.kind === "refused") this.problem = reply.body?.detail ?? String(reply.status);
    if (reply?.kind === "ok") {
      this.problem = "";
      this.count.isFresh = false;
      this.count.soon();
    }
    this.changed();
  }

  #sent(entry, body) {
    this.count.soon();
    if (entry.kind === "undo") this.past.taken(entry, body);
  }

  #failed(entry) {
    this.past.drop((past) => past.key === entry.key);
    this.told(this.say(entry.state === "taken" ? "queue.taken" : "queue.not_taken", { title: headline(entry.view) }));
  }

  #heard(news) {
    if (news.kind === "outbox") this.outbox?.refresh();
    if (news.kind === "undone") this.past?.heard(news);
    if (news.kind === "here") this.#countTabs();
    if (news.kind === "gone") setTimeout(() => this.#countTabs(), GONE_MS);
  }

  async #countTabs() {
    const alive = await this.tabs.alive();
    this.others = alive.size - 1;
    this.changed();
  }
}
