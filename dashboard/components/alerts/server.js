// The API, as the list asks it: one request for whatever is done, with one alert or with many. It says for which
// user it is made (As-User), so that nothing is done where another one is logged in by now.

const PATIENCE_MS = 30_000;

/** {kind, body}: `ok` with what became of each alert, `login`, `refused` with why, `down` where nobody answers. */
export async function handle(user, asked, fetcher = (...given) => fetch(...given)) {
  try {
    const answer = await fetcher("/api/alerts", {
      method: "POST",
      headers: { "As-User": encodeURIComponent(user), "Content-Type": "application/json" },
      body: JSON.stringify(asked),
      redirect: "error", cache: "no-store", credentials: "same-origin",
      signal: AbortSignal.timeout(PATIENCE_MS),
    });
    const body = await answer.json();
    if (answer.ok) return { kind: "ok", body };
    return { kind: answer.status === 401 ? "login" : "refused", body };
  } catch {
    return { kind: "down", body: null };
  }
}

/** What of an answered alert a row shows. */
export function changes(alert) {
  const moment = (text) => (text ? Date.parse(text) : null);
  return {
    state: alert.state, severity: alert.severity, owner: alert.owner,
    acknowledged: Boolean(alert.acknowledged_at),
    acknowledge_by: moment(alert.acknowledge_by), resolve_by: moment(alert.resolve_by),
  };
}
