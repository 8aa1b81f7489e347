// The list: which alert is marked, which are selected, and what is done with them.
//
// What is marked is an alert, by its id, not a place on the screen. Nothing moves by itself: an alert that was
// closed stays where it is until somebody refreshes the list, and one that is gone leaves no alert marked. So a
// key pressed twice is about the same alert twice, and what is asked before closing names what is closed.

import { make, set, speaker, tell } from "../queue/dom.js";
import { isCovered } from "../queue/surroundings.js";
import { listen } from "./keys.js";
import { question } from "./question.js";
import { Row } from "./row.js";
import { changes, handle } from "./server.js";

const REPAINT_MS = 20_000;
const ASKS = new Set(["resolve", "silence"]);  // also of one alert
const BUTTONS = [["acknowledge", "A"], ["assign", "E"], ["resolve", "R"], ["silence", "S"]];
const HELP = [["J K", "list.key.move"], ["Enter", "list.key.open"], ["X", "list.key.select"], ["A", "list.acknowledge"],
  ["E", "list.assign"], ["R", "list.resolve"], ["S", "list.silence"], ["/", "list.key.search"], ["U", "list.refresh"], ["?", "list.key.help"]];

export class List {
  constructor(data) {
    this.user = data.user;
    this.say = speaker(data.words);
    this.marked = null;
    this.selected = new Set();
    this.rows = new Map();
    this.ask = () => {};
    this.items = make("ul", "ma-list");
    this.happened = make("p", "ma-happened", { attrs: { role: "status", "aria-live": "polite" } });
    this.node = make("section", "ma");
    this.update(data);
  }

  /** Show other rows, or the same as they are now. */
  update(data) {
    this.data = data;
    this.say = speaker(data.words);
    this.since = performance.now();
    const focused = this.node.contains(document.activeElement);
    this.rows = new Map(data.rows.map((row) => [row.id, new Row({ ...row }, this.say, data.analyst, this.heard)]));
    if (!this.rows.has(this.marked)) this.marked = null;
    this.selected = new Set([...this.selected].filter((id) => this.rows.has(id)));
    this.items.replaceChildren(...[...this.rows.values()].map((row) => row.node));
    this.bar = data.analyst ? this.tools() : null;
    this.node.replaceChildren(...[this.bar, this.help(), this.happened, this.items].filter(Boolean));
    tell(this.happened, "");
    this.paint();
    if (focused && this.marked) this.rows.get(this.marked).link.focus({ preventScroll: true });
  }

  enter() {
    this.stop ??= listen((command) => this.act(command), () => isCovered());
    this.timer ??= setInterval(() => this.paint(), REPAINT_MS);
  }

  leave() {
    this.stop?.();
    clearInterval(this.timer);
    this.stop = this.timer = undefined;
  }

  /** What the server's clock says, in ms. */
  now() {
    return this.data.now + performance.now() - this.since;
  }

  paint() {
    for (const [id, row] of this.rows) row.paint(this.now(), id === this.marked, this.selected.has(id));
    if (!this.bar) return;
    const n = this.selected.size;
    tell(this.number, n ? this.say("list.selected", { n }) : "");
    for (const button of this.bar.querySelectorAll(".ma-for-selected")) set(button, "disabled", n === 0);
    this.all.checked = n > 0 && n === this.rows.size;
    this.all.indeterminate = n > 0 && n < this.rows.size;
  }

  tools() {
    const { say, data } = this;
    this.number = make("span", "ma-number");
    this.all = make("input", "ma-box", { attrs: { type: "checkbox", "aria-label": say("list.select_all"), title: say("list.select_all") }, onchange: () => {
      this.selected = new Set(this.all.checked ? this.rows.keys() : []);
      this.paint();
    } });
    const buttons = BUTTONS.map(([action, key]) => make(
      "button", "ma-button ma-for-selected", { attrs: { type: "button" }, onclick: () => this.wish(action, [...this.selected]) },
      say(`list.${action}`), make("kbd", "", { text: key }),
    ));
    const names = [["", say("list.assign_nobody")], ...data.analysts.map((name) => [name, name])];
    const whom = make("select", "ma-field ma-for-selected", { attrs: { "aria-label": say("list.assign_to") }, onchange: () => {
      const to = whom.value;
      whom.selectedIndex = 0;
      this.wish("assign", [...this.selected], to);
    } }, make("option", "", { text: say("list.assign_to"), attrs: { value: "…", disabled: true, selected: true } }),
    ...names.map(([value, text]) => make("option", "", { text, attrs: { value } })));
    const fresh = make("button", "ma-button", { attrs: { type: "button" }, onclick: () => this.act({ kind: "refresh" }) }, say("list.refresh"), make("kbd", "", { text: "U" }));
    return make("div", "ma-tools", {}, this.all, this.number, ...buttons, whom, fresh);
  }

  help() {
    const rows = HELP.flatMap(([keys, key]) => [make("dt", "", {}, ...keys.split(" ").map((one) => make("kbd", "", { text: one }))), make("dd", "", { text: this.say(key) })]);
    this.keys = make("details", "ma-help", {}, make("summary", "", { text: `${this.say("list.keys")} ?` }), make("dl", "", {}, ...rows), make("p", "ma-meta", { text: this.say("list.key.whom") }));
    return this.keys;
  }

  heard = (name, id, event) => {
    if (name === "open") {
      if (event.ctrlKey || event.metaKey || event.shiftKey || event.button) return;  // the browser's own
      event.preventDefault();
      this.ask("open", id);
      return;
    }
    if (name === "select") this.select(id);
    this.marked = id;
    this.paint();
  };

  select(id) {
    if (!this.selected.delete(id)) this.selected.add(id);
  }

  /** Do what a key asks for. */
  act(command) {
    const ids = [...this.rows.keys()];
    if (command.kind === "move") {
      const place = ids.indexOf(this.marked);
      const next = place < 0 ? (command.by > 0 ? 0 : ids.length - 1) : Math.min(ids.length - 1, Math.max(0, place + command.by));
      if (ids.length) this.mark(ids[next]);
    } else if (command.kind === "help") this.keys.open = !this.keys.open;
    else if (command.kind === "refresh") this.ask("refresh", Math.random());
    else if (command.kind === "search") document.querySelector(".st-key-filter-text input")?.focus();
    else if (command.kind === "open") this.marked ? this.ask("open", this.marked) : tell(this.happened, this.say("list.nothing"));
    else if (!this.data.analyst) return;
    else if (command.kind === "select" && this.marked) {
      this.select(this.marked);
      this.paint();
    } else if (command.kind === "do") this.wish(command.action, this.selected.size ? ids.filter((id) => this.selected.has(id)) : this.marked ? [this.marked] : []);
  }

  mark(id) {
    this.marked = id;
    this.paint();
    const row = this.rows.get(id);
    row.link.focus({ preventScroll: true });
    row.node.scrollIntoView({ block: "nearest" });
  }

  /** Do it, or ask first: of several alerts always, of one where it closes or silences. */
  wish(action, ids, to = this.user) {
    const free = ids.filter((id) => this.rows.has(id) && !this.rows.get(id).busy);
    if (!free.length) {
      if (!ids.length) tell(this.happened, this.say("list.nothing"));
      return;
    }
    if (free.length === 1 && !ASKS.has(action)) return void this.send(action, free, { to });
    question(this.node, action, free.map((id) => this.rows.get(id).data), to, this.say, (more) => this.send(action, free, { ...more, to }));
  }

  async send(action, ids, more) {
    const { to, ...rest } = more;
    this.settle(ids, true);
    tell(this.happened, this.say("list.sending"));
    const asked = { alerts: ids, action, ...(action === "assign" ? { to } : rest) };
    const reply = await handle(this.user, asked);
    this.settle(ids, false);
    if (reply.kind !== "ok") {
      tell(this.happened, reply.kind === "refused" ? String(reply.body?.detail ?? "") : this.say(`list.${reply.kind}`));
      return;
    }
    const undone = reply.body.filter((one) => one.problem);
    for (const one of reply.body) {
      const row = this.rows.get(one.alert_id);
      if (!row) continue;
      row.problem = one.problem;
      if (one.alert) row.become(changes(one.alert));
      if (!one.problem) this.selected.delete(one.alert_id);
    }
    const told = [this.say("list.done", { n: reply.body.length - undone.length })];
    if (undone.length) told.push(this.say("list.undone", { n: undone.length }));
    tell(this.happened, told.join(" "));
    this.paint();
  }

  settle(ids, busy) {
    for (const id of ids) {
      const row = this.rows.get(id);
      if (!row) continue;
      row.busy = busy;
      if (busy) row.problem = "";
    }
    this.paint();
  }
}
