// One connection to the service. Every question is answered: a lost link or a late answer is an answer too.
import { io } from "../vendor/socket.io.esm.min.js";

const LATE = { ok: false, code: "no_answer", retry: true };
const LOST = { ok: false, code: "no_connection", retry: true };
const LOOK_EVERY = 20_000;
const PATIENCE = 5000;

/**
 * on: { event: (data) => … } of the contract.
 * state(name, detail): "connecting" | "connected" | "slow" | "lost" | "restarting" | "ended" (detail: code).
 * look(): asks for what is new; called on connect, when the page is back in sight, and every 20 s. If it resolves to
 *   false, no answer came: connected in name only (a phone that slept), so we hang up and ring again.
 * slow({ up, down, end }): resolves to another way of asking ({ ask, close }), for where WebSockets do not get through.
 */
export function connect(namespace, { on = {}, state = () => {}, look = () => {}, slow }) {
  const socket = io(namespace, { transports: ["websocket"], reconnectionDelay: 500, reconnectionDelayMax: 5000, timeout: 8000 });
  let ended = false;
  let later = 0;
  let failures = 0;
  let reached = false; // WebSockets do get through here
  let other = null; // the slower way
  let works = false;

  const end = (code) => {
    ended = true;
    clearTimeout(later);
    other?.close();
    state("ended", code);
    socket.disconnect();
  };
  const again = () => {
    if (!ended && !socket.connected) socket.connect();
  };
  const check = async () => {
    if ((await look()) === false) socket.io.engine?.close();
  };
  const againIn = (ms) => {
    clearTimeout(later);
    later = setTimeout(again, ms);
  };

  const goSlow = async () => {
    if (ended || other || socket.connected || !slow) return;
    other = { close() {} };
    const way = await slow({
      up() {
        if (works) return;
        works = true;
        // Whoever has never had a WebSocket here hardly gets one soon.
        if (!reached) socket.io.reconnectionDelayMax(60_000);
        state("slow");
        look();
      },
      down() {
        if (works) state("lost");
        works = false;
      },
      end,
    }).catch(() => null);
    if (way && (ended || socket.connected)) way.close();
    else other = way;
  };

  socket.on("connect", () => {
    clearTimeout(later);
    reached = true;
    failures = 0;
    works = false;
    other?.close();
    other = null;
    socket.io.reconnectionDelayMax(5000);
    state("connected");
    check();
  });
  socket.on("disconnect", (reason) => {
    if (ended) return;
    state("lost");
    // The library does not return by itself when the server hung up.
    if (reason.startsWith("io ")) againIn(1000);
  });
  socket.on("connect_error", (problem) => {
    if (ended) return;
    const code = problem.data?.code ?? problem.message;
    if (code === "unauthorised" || code === "forbidden") return end(code === "unauthorised" ? "expired" : "revoked");
    if (!works) state("lost");
    if (!socket.active) againIn(5000);
    failures += 1;
    if (failures > (reached ? 3 : 1)) goSlow();
  });
  socket.on("restarting", ({ retry_in_seconds } = {}) => {
    state("restarting", retry_in_seconds);
    againIn(1000 * (retry_in_seconds || 2));
  });
  socket.on("session_ended", ({ code } = {}) => end(code));
  for (const [name, hear] of Object.entries(on)) socket.on(name, hear);

  /** Resolves to the answer of a command, or to LATE after `limit` ms; never rejects. */
  async function ask(command, fields = {}, limit = 6000) {
    if (!socket.connected) return works ? other.ask(command, fields, limit) : LOST;
    try {
      return await socket.timeout(limit).emitWithAck(command, fields);
    } catch {
      return socket.connected ? LATE : LOST;
    }
  }

  /** A hint (typing, seen): dropped when there is no connection. */
  const tell = (command, fields = {}) => {
    if (socket.connected) socket.volatile.emit(command, fields, () => {});
  };

  const wake = () => {
    if (document.visibilityState === "hidden") return;
    if (socket.connected) check();
    else again();
  };
  document.addEventListener("visibilitychange", wake);
  window.addEventListener("focus", wake);
  window.addEventListener("online", wake);
  // Believe the device now, not a missed heartbeat later.
  window.addEventListener("offline", () => socket.io.engine?.close());
  setInterval(() => socket.connected && check(), LOOK_EVERY);

  setTimeout(() => failures || goSlow(), PATIENCE); // some walls swallow a WebSocket without a word
  state("connecting");
  return {
    ask,
    tell,
    close: () => {
      ended = true;
      other?.close();
      socket.disconnect();
    },
    get connected() {
      return socket.connected;
    },
  };
}
