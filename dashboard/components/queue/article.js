// The article on the screen: where it comes from, its title, its text, the companies it names marked.

import { link, make, marked, set, tell } from "./dom.js";

const PARTS = {
  year: "numeric", month: "short", day: "numeric", hour: "2-digit", minute: "2-digit", hourCycle: "h23",
  timeZoneName: "short",
};
const HEADER_PX = 60;  // of the page's bar, under which nothing can be read

export class Article {
  constructor({ say, language, zone }) {
    this.say = say;
    this.time = new Intl.DateTimeFormat(language, { ...PARTS, timeZone: zone });
    this.meta = make("div", "mq-meta");
    this.title = make("h2", "mq-title", { attrs: { "aria-live": "polite" } });
    this.text = make("div", "mq-text");
    this.node = make(
      "article", "mq-card mq-article", { attrs: { "aria-label": say("queue.article") } },
      this.meta, this.title, this.text,
    );
  }

  /** Put a task's article on the page. */
  show(view) {
    const { article, task } = view;
    const tags = article.sample ? [make("span", "mq-tag mq-sample", { text: this.say("sample") })] : [];
    for (const { name } of view.companies) tags.push(make("span", "mq-tag", { text: name }));
    // A day without a time is that day on everybody's clock.
    const when = article.published_day ?? this.time.format(new Date(article.published_at));
    this.meta.replaceChildren(...tags, link(view.source, article.url), document.createTextNode(` · ${when}`));
    const title = make("bdi", "", {}, ...marked(article.title, view.title_marks));
    const text = make("bdi", "", {}, ...marked(article.text, view.text_marks));
    this.title.replaceChildren(title);
    this.title.hidden = !article.title;
    this.text.replaceChildren(text);
    set(this.node, "lang", article.language || null);
    set(this.node, "data-task", task.id);
    set(this.node, "data-article", article.id);
    this.node.hidden = false;
    if (this.node.getBoundingClientRect().top < HEADER_PX) this.node.scrollIntoView({ block: "start" });
  }

  /** There is none. */
  clear() {
    this.node.hidden = true;
    set(this.node, "data-task", null);
    set(this.node, "data-article", null);
    tell(this.title, "");
    this.text.replaceChildren();
    this.meta.replaceChildren();
  }
}
