// What a row says of time: how old it is, and what is to be done with it until when. Pure.

const MINUTE = 60_000;

/** How long `ms` are, in the reader's words: minutes, from two hours on hours, from two days on days. */
export function length(ms, say) {
  const minutes = Math.max(0, Math.floor(ms / MINUTE));
  if (minutes < 120) return say("list.minutes", { n: minutes });
  const hours = Math.floor(minutes / 60);
  return hours < 48 ? say("list.n_hours", { n: hours }) : say("list.days", { n: Math.floor(hours / 24) });
}

/** The deadline that runs and is due first: {duty, at}, or null; as `deadlines.next_of` says it. */
export function deadline(row) {
  if (row.state === "resolved") return null;
  const running = [];
  if (!row.acknowledged && row.acknowledge_by !== null) running.push({ duty: "acknowledge", at: row.acknowledge_by });
  if (row.resolve_by !== null) running.push({ duty: "resolve", at: row.resolve_by });
  return running.sort((one, other) => one.at - other.at)[0] ?? null;
}

/** {text, late}: what is due, and whether it is overdue; null where nothing is. */
export function due(row, now, say) {
  const found = deadline(row);
  if (!found) return null;
  const late = now > found.at;
  const time = length(Math.abs(now - found.at), say);
  return { text: say(`list.${late ? "late" : "due"}.${found.duty}`, { time }), late };
}
