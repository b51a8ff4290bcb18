// Where WebSockets do not get through: the same questions by plain requests, and news by one that waits for it.

const LOST = { ok: false, code: "no_connection", retry: true };
const PATHS = {
  send_message: "messages",
  say_not_safe: "not-safe",
  leave_contact: "leave",
  erase_contact: "erase",
};
const AT_END = 2 ** 31 - 1;

/**
 * on: the same events as on the socket, made of what the answers hold. up() after each answer, down() when none came,
 * end(code) when the session is over here. Ask like a socket is asked; close() ends it.
 */
export function poll({ lang, contact_id, after, on, up, down, end }) {
  let going = true;
  let pause = 0;
  const waiting = new AbortController();

  async function request(path, options, limit) {
    const cut = new AbortController();
    const timer = setTimeout(() => cut.abort(), limit);
    waiting.signal.addEventListener("abort", () => cut.abort());
    try {
      return await (await fetch(`/${lang}/chat/${path}`, { ...options, signal: cut.signal })).json();
    } catch {
      return LOST;
    } finally {
      clearTimeout(timer);
    }
  }

  const news = (seq, limit, now) => {
    const query = new URLSearchParams({ contact_id, after: seq, ...(now && { now }) });
    return request(`entries?${query}`, {}, limit);
  };

  async function ask(command, fields, limit) {
    if (command === "read_entries") return news(fields.after, limit, 1);
    if (command === "watch_mine") {
      const answer = await news(AT_END, limit, 1);
      return answer.ok ? { ok: true, contacts: [answer.contact], places: answer.place ? [answer.place] : [] } : answer;
    }
    if (!PATHS[command]) return LOST;
    return request(PATHS[command], { method: "POST", body: new URLSearchParams(fields) }, limit);
  }

  (async () => {
    let seq = after();
    for (let first = true; going; first = false) {
      const answer = await news(seq, 40_000, first && 1);
      if (!going) return;
      if (answer.ok) {
        pause = 0;
        up();
        for (const entry of answer.entries) {
          on.entry({ contact_id, entry });
          seq = Math.max(seq, entry.seq);
        }
        on.contact_changed({ contact: answer.contact });
        if (answer.place) on.place(answer.place);
      } else if (answer.code === "unauthorised" || answer.code === "not_found") {
        end("revoked");
      } else {
        down();
        pause = Math.min(pause * 2 || 1000, 15_000);
        await new Promise((resolve) => setTimeout(resolve, pause));
      }
    }
  })();

  return {
    ask,
    close() {
      going = false;
      waiting.abort();
    },
  };
}
