// One alert in the list. Its node stays as long as it is listed; `paint` writes what changed into it.

import { make, set, tell } from "../queue/dom.js";
import { spark } from "./spark.js";
import { due, length } from "./time.js";

export class Row {
  /** `heard(name, id, event)` is told of what somebody does with it: mark, select, open. */
  constructor(data, say, analyst, heard) {
    this.data = data;
    this.say = say;
    this.problem = "";
    this.busy = false;
    const { id } = data;
    const tell_of = (name) => (event) => heard(name, id, event);
    this.box = make("input", "ma-box", {
      attrs: { type: "checkbox", "aria-label": `${say("list.select")}: ${data.title}` }, onchange: tell_of("select"),
    });
    this.state = make("span", "ma-tag");
    this.severity = make("span", "ma-tag");
    this.link = make("a", "ma-link", { text: data.title, attrs: { href: data.link }, onclick: tell_of("open") });
    this.about = make("p", "ma-about", {}, make("bdi", "", { text: data.about }));
    this.age = make("span");
    this.meta = make("p", "ma-meta", {}, this.age, ` · ${say("list.first", { at: data.first })} · `, make("bdi", "", { text: data.rule }));
    const voices = say("list.voices", { n: data.voices, expected: data.expected });
    this.picture = make("div", "ma-picture");
    if (data.spark) this.picture.append(spark(data.spark, voices), make("span", "ma-meta", { text: voices }));
    this.owner = make("bdi", "ma-owner");
    this.due = make("span", "ma-due");
    this.told = make("p", "ma-problem", { attrs: { role: "status" } });
    this.node = make(
      "li", "ma-row", { attrs: { "data-alert": id }, onclick: tell_of("mark"), onfocusin: tell_of("mark") },
      analyst ? this.box : null,
      make("div", "ma-words", {}, make("h3", "", {}, this.state, this.severity, this.link), this.about, this.meta, this.told),
      this.picture,
      make("div", "ma-work", {}, this.owner, this.due),
    );
  }

  /** Take over what the server says of it now. */
  become(changes) {
    Object.assign(this.data, changes);
  }

  paint(now, marked, selected) {
    const { data, say } = this;
    const isOver = data.state === "resolved";
    this.node.className = ["ma-row", marked ? "ma-marked" : "", isOver ? "ma-over" : "", this.busy ? "ma-busy" : ""].join(" ").trim();
    set(this.node, "aria-current", marked ? "true" : null);
    this.box.checked = selected;
    this.state.className = `ma-tag ma-${data.state}`;
    tell(this.state, say(`state.${data.state}`));
    this.severity.className = `ma-tag ma-${data.severity}`;
    tell(this.severity, say(`severity.${data.severity}`));
    const other = data.severity !== data.rule_severity;
    set(this.severity, "title", other ? say("list.rule_says", { severity: say(`severity.${data.rule_severity}`) }) : null);
    tell(this.age, say("list.opened", { time: length(now - data.opened_at, say) }));
    tell(this.owner, data.owner || say("list.nobody"));
    this.owner.classList.toggle("ma-nobody", !data.owner);
    const found = due(data, now, say);
    tell(this.due, found?.text ?? "");
    this.due.classList.toggle("ma-late", Boolean(found?.late));
    tell(this.told, this.problem);
  }
}
