// The queue's page: its parts put together, and drawn when something has changed.

import { Answers } from "./answers.js";
import { Article } from "./article.js";
import { make, set, speaker, tell } from "./dom.js";
import { Desk } from "./desk.js";
import { listen } from "./keys.js";
import { Notices } from "./notices.js";
import { chosenTopics, Opinion } from "./opinion.js";
import { Reasons } from "./reasons.js";
import { isCovered, keepClear } from "./surroundings.js";

const WIDE_PX = 900;  // from which topics are open until somebody closes them
const STIRS = ["pointermove", "pointerdown", "wheel", "scroll", "keydown"];  // of who sits there
const FIGURES = ["open", "mine", "labels"];

export class Page {
  #shown = null;  // the task that is drawn
  #due = false;
  #said = "";  // where there is no article
  #stop = new AbortController();

  constructor(data) {
    const say = speaker(data.words);
    const { language, topics } = data;
    this.user = data.user;
    this.say = say;
    this.desk = new Desk({ ...data, say }, { told: (text, isRefusal) => this.#tell(text, isRefusal), changed: (how) => this.#draw(how) });
    const act = (command, at) => this.#act(command, at);
    const isOpen = (this.desk.choices.get("topics") ?? (window.innerWidth >= WIDE_PX ? "open" : "closed")) === "open";
    this.article = new Article({ ...data, say });
    this.answers = new Answers({ say, topics, act, shown: () => this.desk.view, isOpen });
    this.reasons = new Reasons({ say, act });
    this.answers.opened = (open) => this.desk.choices.set("topics", open ? "open" : "closed");
    this.opinion = new Opinion({ say, language, topics, ask: (article, target) => this.desk.server.explanation(article, target) });
    this.notices = new Notices({
      say, language, zone: data.zone,
      acts: {
        again: (seq) => this.desk.outbox.again(seq),
        dismiss: (seq) => this.desk.outbox.dismiss(seq),
        reload: () => window.location.reload(),
      },
    });
    this.#build();
    const { signal } = this.#stop;
    for (const name of STIRS) {
      document.addEventListener(name, () => this.node.isConnected && this.desk.pile?.touch(), { capture: true, passive: true, signal });
    }
    signal.addEventListener("abort", listen(act, () => !this.node.isConnected || isCovered(), () => this.desk.isAsking));
    signal.addEventListener("abort", keepClear());
    window.addEventListener("pagehide", () => this.desk.leave(true), { signal });
    window.addEventListener("pageshow", (event) => event.persisted && this.desk.enter(), { signal });
    window.addEventListener("beforeunload", (event) => this.#keep(event), { signal });
    document.addEventListener("visibilitychange", () => {
      if (document.visibilityState === "visible") this.desk.seen();
    }, { signal });
    this.ready = this.desk.open();
  }

  close() {
    this.#stop.abort();
    this.node.remove();
    return this.desk.close();
  }

  #build() {
    const say = this.say;
    this.figures = new Map(FIGURES.map((name) => [name, make("b", "", { text: "–" })]));
    const figures = FIGURES.map((name) => make(
      "div", "mq-figure", {}, make("span", "", { text: say(`queue.figure.${name}`) }), this.figures.get(name),
    ));
    this.empty = make("div", "mq-card mq-empty");
    this.blind = make("input", "", { attrs: { type: "checkbox" }, onchange: () => this.desk.hide(this.blind.checked) });
    const blind = make(
      "label", "mq-blind", { attrs: { title: say("queue.blind.help") } }, this.blind, make("span", "", { text: say("queue.blind") }),
      make("kbd", "mq-key", { text: "H", attrs: { "aria-hidden": "true" } }),
    );
    const keys = make("p", "mq-note", { text: say("queue.keys") });
    this.right = make("div", "mq-right", {}, this.answers.bar, this.reasons.node, this.answers.marks, blind, keys);
    this.node = make(
      "div", "mq", { attrs: { "data-user": this.user } },
      make("div", "mq-figures", {}, ...figures), this.notices.banner,
      make(
        "div", "mq-desk", {},
        make("div", "mq-left", {}, this.article.node, this.empty, this.notices.failed, this.opinion.node, this.notices.node),
        this.right,
      ),
    );
    this.article.clear();
    this.answers.show(null);
    this.opinion.show(null, true);
  }

  #act(command, at) {
    if (command.kind === "topics") this.answers.isOpen = !this.answers.isOpen;
    else if (command.kind === "topic" && !this.answers.isOpen) this.#tell(this.say("queue.topics.closed"));
    else if (command.kind === "why") this.opinion.explain();
    else this.desk.act(command, at);
  }

  /** Draw what has changed: a new article at once, in the turn of the key that called it up. */
  #draw({ typing = false } = {}) {
    if (!this.article) return;
    const { view } = this.desk;
    if (typing) this.reasons.type();
    if (view !== this.#shown) {
      this.#shown = view;
      if (view) {
        this.article.show(view);
        this.desk.sight.begin();
      } else {
        this.article.clear();
        this.desk.sight.end();
      }
      this.#drawRest();
    } else if (!this.#due) {
      this.#due = true;
      queueMicrotask(() => {
        this.#due = false;
        this.#drawRest();
      });
    }
  }

  #drawRest() {
    const { desk } = this;
    const { view } = desk;
    const guess = view && !desk.isBlind && view.prediction ? chosenTopics(view.prediction) : [];
    this.answers.show(view, desk.draft, guess);
    if (this.opinion.show(view, desk.isBlind)) desk.suggests(view);
    this.reasons.show(desk.isAsking);
    this.blind.checked = desk.isBlind;
    this.right.hidden = desk.line.state === "other";
    this.#drawEmpty();
    if (desk.outbox?.isRead) {
      const { line, outbox, others } = desk;
      this.notices.show({ line, outbox, isLasting: desk.store.lasting, others });
    }
    if (!desk.count.told) return;
    const { open, labels, by_user: byUser } = desk.count.told;
    const figures = { open, labels, mine: byUser[this.user] ?? 0 };
    for (const name of FIGURES) tell(this.figures.get(name), figures[name].toLocaleString("en"));
  }

  /** What is said where there is no article. */
  #drawEmpty() {
    const { desk, say } = this;
    this.empty.hidden = desk.view !== null || desk.line.state === "other";
    if (this.empty.hidden) return;
    const lines = [];
    if (desk.problem) lines.push(say("queue.problem", { detail: desk.problem }));
    else if (desk.line.state === "login") lines.push(say("queue.login_first"));
    else if (!desk.line.isOpen) lines.push(say("queue.unreachable"));
    else if (!desk.pile?.asked) lines.push(say("queue.loading"));
    else {
      const elsewhere = desk.count.isFresh ? desk.count.told.open : 0;
      lines.push(elsewhere ? say("queue.elsewhere", { n: elsewhere }) : say("queue.empty"), say("queue.whence"));
      lines.push(say("queue.next_look", { time: this.notices.clock.format(new Date(desk.pile.next)) }));
    }
    const said = lines.join();
    if (said === this.#said) return;
    this.#said = said;
    this.empty.replaceChildren(...lines.map((text) => make("p", "", { text })));
    if (desk.pile?.asked && !desk.problem && desk.line.isOpen) {
      this.empty.append(make("a", "mq-link", { text: say("page.sources"), attrs: { href: "/sources" } }));
    }
  }

  #tell(text, isRefusal = false) {
    const { happened } = this.answers;
    tell(happened, text);
    set(happened, "data-refused", isRefusal);
  }

  /** Where answers are only in memory, ask before they go. */
  #keep(event) {
    if (this.desk.store && !this.desk.store.lasting && this.desk.outbox?.waiting) event.preventDefault();
  }
}
