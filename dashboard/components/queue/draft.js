// What is marked of an article before its answer is sent. Pure.
//
// A draft is { sentiment, topics, companies, row }: `sentiment` "" where none is marked; `topics` a Set of names,
// null where they are not judged; `companies` a Map of id -> sentiment towards it; `row` the row of companies
// that has the keys.

import { COMPANY_ROWS } from "./keys.js";

const ROWS = COMPANY_ROWS.length;
const MEASURING = new Set(["audit", "duel"]);

/** Whether the task measures models, so that all they say is asked. */
export function measures(view) {
  return MEASURING.has(view?.task.lane);
}

/** Nothing marked yet. */
export function newDraft() {
  return { sentiment: "", topics: null, companies: new Map(), row: 0 };
}

/** The draft that an answer was made of. */
export function draftOf({ sentiment, topics, companies }) {
  return { ...newDraft(), sentiment, topics: topics && new Set(topics), companies: new Map(Object.entries(companies)) };
}

/** What an answer that measures models must say and the draft does not: [topics are missing, names of companies].
 *  Of the only company, the article's sentiment is the answer. */
export function missing(draft, { task, companies }) {
  if (!MEASURING.has(task.lane)) return { topics: false, companies: [] };
  const named = companies.length > 1 ? companies.filter(({ id }) => !draft.companies.has(id)) : [];
  return { topics: draft.topics === null, companies: named.map(({ name }) => name) };
}

/** Mark as the command says; what was marked is unmarked. A sentence's key and values, or null where there is
 *  nothing to say. */
export function mark(draft, command, { companies }, topics, say) {
  if (command.kind === "clear") {
    Object.assign(draft, newDraft());
    return ["queue.cleared", {}];
  }
  if (command.kind === "more") {
    draft.row = (draft.row + 1) % Math.max(1, Math.ceil(companies.length / ROWS));
    return null;
  }
  if (command.kind === "topic") return markTopic(draft, topics[command.place]);
  return markCompany(draft, companies[command.place ?? draft.row * ROWS + command.row], command.value, say);
}

function markTopic(draft, topic) {
  if (!topic) return null;
  draft.topics ??= new Set();
  const isOff = draft.topics.delete(topic.name);
  if (!isOff) draft.topics.add(topic.name);
  return [isOff ? "queue.topic_off" : "queue.topic_on", { topic: topic.title }];
}

function markCompany(draft, company, value, say) {
  if (!company) return null;
  const isOff = draft.companies.get(company.id) === value;
  if (isOff) draft.companies.delete(company.id);
  else draft.companies.set(company.id, value);
  return [isOff ? "queue.company_off" : "queue.company_on", { company: company.name, sentiment: say(value) }];
}
