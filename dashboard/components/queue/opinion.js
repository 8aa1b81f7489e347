// What the model thinks of the article, and why: shown only where its opinion came with the task and the
// analyst wants to see it.

import { make, marked, set, tell } from "./dom.js";
import { SENTIMENTS } from "./keys.js";

const CHOSEN = 0.5;  // probability from which a topic is the model's (records.Prediction.chosen_topics)
const FAINT = 0.1;  // share of the strongest word's score from which a word is shaded
const WORDS = 5;  // named on each side
const ARROWS = { negative: "▼ ", neutral: "", positive: "▲ " };

export class Opinion {
  #run = 0;
  #view = null;
  #shown = null;

  /** `ask(article, target)` gets an explanation; `topics` are { name, title }. */
  constructor({ say, language, topics, ask }) {
    this.say = say;
    this.language = language;
    this.titles = new Map(topics.map((topic) => [topic.name, topic.title]));
    this.ask = ask;
    this.bars = make("div", "mq-bars");
    this.topics = make("p", "mq-meta");
    this.towards = make("p", "mq-meta");
    this.reason = make("p", "mq-why");
    this.targets = make("div", "mq-chips", { attrs: { role: "group", "aria-label": say("why.target") } });
    this.told = make("div", "mq-told", { attrs: { "aria-live": "polite" } });
    this.node = make(
      "section", "mq-part mq-card mq-opinion", {}, make("h3", "", { text: say("queue.guess") }), this.bars, this.topics,
      this.towards, this.reason, this.targets, this.told,
    );
  }

  /** Show the opinion of a task; none where there is none or `isHidden`. Whether it is shown. */
  show(view, isHidden) {
    const prediction = view && !isHidden ? view.prediction : null;
    this.node.hidden = !prediction;
    if (!prediction || view === this.#shown) return Boolean(prediction);
    this.#shown = view;
    this.#view = view;
    this.#run += 1;
    this.bars.replaceChildren(...SENTIMENTS.map((name) => this.#bar(name, prediction.sentiment[name] ?? 0)));
    const topics = chosenTopics(prediction);
    tell(this.topics, `${this.say("topics")}: ${topics.map((name) => this.titles.get(name) ?? name).join(", ") || "–"}`);
    const named = view.companies;
    const towards = named.map(({ id, name }) => `${ARROWS[likeliest(prediction.companies[id] ?? prediction.sentiment)]}${name}`);
    tell(this.towards, `${this.say("queue.towards")}: ${towards.join(", ")}`);
    this.towards.hidden = named.length === 0;
    const reason = view.reason[this.language] ?? view.reason.en ?? "";
    tell(this.reason, `${this.say("queue.why")}: ${this.say(`lane.${view.task.lane}`)}${reason ? `: ${reason}` : ""}`);
    const targets = [["sentiment", this.say("filter.sentiment")], ...topics.map((name) => [`topics:${name}`, this.titles.get(name) ?? name])];
    for (const { name, alias } of named) targets.push([`company:${alias}`, name]);
    this.targets.replaceChildren(
      make("span", "mq-note", { text: this.say("why.show") }),
      ...targets.map(([target, title], place) => this.#target(target, title, place === 0)),
    );
    this.told.replaceChildren();
    return true;
  }

  /** Explain the sentiment, as the key does. */
  explain(target = "sentiment") {
    if (this.node.hidden || !this.#view) return;
    const run = (this.#run += 1);
    for (const button of this.targets.querySelectorAll("button")) set(button, "aria-pressed", button.value === target);
    this.told.replaceChildren(make("p", "mq-note", { text: this.say("why.wait") }));
    this.ask(this.#view.article.id, target).then((reply) => {
      if (run !== this.#run) return;  // another article, or another question, by now
      if (reply.kind === "ok") this.#explained(reply.body);
      else this.told.replaceChildren(make("p", "mq-note", { text: reply.body?.detail ?? this.say("why.failed") }));
    });
  }

  #bar(name, share) {
    const percent = `${Math.round(Math.min(1, Math.max(0, share)) * 100)}%`;
    const fill = make("i", `mq-fill mq-${name}`);
    fill.style.width = percent;
    return make(
      "div", "mq-barline", {}, make("span", "", { text: this.say(name) }), make("span", "mq-track", {}, fill),
      make("b", "", { text: percent }),
    );
  }

  #target(target, title, isFirst) {
    const shortcut = isFirst ? make("kbd", "mq-key", { text: "Y", attrs: { "aria-hidden": "true" } }) : null;
    const attrs = { type: "button", value: target, "aria-pressed": "false", "aria-keyshortcuts": isFirst ? "Y" : null };
    return make(
      "button", "mq-button mq-chip", { attrs, onclick: () => this.explain(target) }, shortcut, make("span", "", { text: title }),
    );
  }

  #explained(told) {
    const most = Math.max(...told.attributions.map((one) => Math.abs(one.score)), 0) || 1;
    const strong = told.attributions.filter((one) => Math.abs(one.score) / most >= FAINT);
    const dress = (node, one) => {
      node.className = one.score > 0 ? "mq-for" : "mq-against";
      node.style.setProperty("--share", `${Math.round((Math.abs(one.score) / most) * 60)}%`);
      set(node, "title", signed(one.score));
    };
    const points = Array.from(told.text);
    const ranked = [...told.attributions].sort((one, other) => Math.abs(other.score) - Math.abs(one.score));
    const side = (key, sign) => {
      const some = ranked.filter((one) => one.score * sign > 0).slice(0, WORDS);
      const words = some.map((one) => `${points.slice(one.start, one.end).join("")} ${signed(one.score)}`).join(", ");
      return make("p", "mq-meta", {}, make("b", "", { text: this.say(key) }), make("bdi", "", { text: ` ${words || "–"}` }));
    };
    const label = SENTIMENTS.includes(told.label) ? this.say(told.label) : (this.titles.get(told.label) ?? told.label);
    const sure = `${label} ${Math.round(told.probability * 100)}%`;
    const error = this.say("why.error", { error: `${(told.error * 100).toFixed(1)}%` });
    this.told.replaceChildren(
      make("div", "mq-text", {}, make("bdi", "", {}, ...marked(told.text, strong, dress, "span"))),
      make("p", "mq-meta", { text: `${sure} · ${error}` }), side("why.for", 1), side("why.against", -1),
    );
  }
}

/** Topics that the model chose, best first; its best one where none is likely. */
export function chosenTopics(prediction) {
  const ranked = Object.entries(prediction?.topics ?? {}).sort(([, one], [, other]) => other - one);
  const chosen = ranked.filter(([, share]) => share >= CHOSEN);
  return (chosen.length ? chosen : ranked.slice(0, 1)).map(([name]) => name);
}

function likeliest(shares) {
  return Object.entries(shares).reduce((best, one) => (one[1] > best[1] ? one : best))[0];
}

function signed(score) {
  return `${score < 0 ? "−" : "+"}${Math.abs(score).toFixed(2)}`;
}
