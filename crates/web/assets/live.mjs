// Follows a stream of server-sent events. Unlike EventSource it tells of every sign of life, also of the comments that say that the
// server is still there; it notices a connection that died silently; and it comes back after any answer.

/** How long without a byte until a connection is dead: the server says something every 15 seconds. */
const SILENCE = 40_000;
const LONGEST_WAIT = 60_000;

/**
 * Cuts a stream's text into events (HTML, 9.2.6).
 * @returns {(text: string) => {event: string, data: string, id?: string, retry?: number}[]} to be fed with the next piece of text
 */
function parser() {
  let rest = '';
  let event = { event: '', data: [] };
  const take = (line, events) => {
    if (line === '') {
      if (event.data.length > 0 || event.id !== undefined || event.retry !== undefined) {
        events.push({ ...event, event: event.event || 'message', data: event.data.join('\n') });
      }
      event = { event: '', data: [] };
      return;
    }
    const [, name, value] = /^([^:]*)(?:: ?([\s\S]*))?$/.exec(line);
    if (name === 'event') event.event = value ?? '';
    if (name === 'data') event.data.push(value ?? '');
    if (name === 'id' && !value?.includes('\0')) event.id = value ?? '';
    if (name === 'retry' && /^\d+$/.test(value ?? '')) event.retry = Number(value);
  };
  return (text) => {
    const events = [];
    const lines = (rest + text).split(/\r\n|\n|\r(?!$)/);
    rest = lines.pop();
    lines.forEach((line) => take(line, events));
    return events;
  };
}

/**
 * Follows a stream until `signal` ends it, and comes back from where it was.
 * @param {string} address
 * @param {{onEvent: (event: {event: string, data: string}) => void, onAlive: () => void, onLost: () => void, lastId?: string}} told
 * @param {AbortSignal} signal
 */
async function follow(address, told, signal) {
  const state = { lastId: told.lastId, retry: 5000, failures: 0 };
  while (!signal.aborted) {
    try {
      await read(address, told, state, signal);
    } catch {
      state.failures += 1;
    }
    if (signal.aborted) return;
    told.onLost();
    const wait = Math.min(LONGEST_WAIT, state.retry * 2 ** Math.max(0, Math.min(5, state.failures - 1)));
    await pause(wait * (0.75 + Math.random() / 2), signal);
  }
}

/** Waits, but not longer than until there is a connection again. */
function pause(milliseconds, signal) {
  return new Promise((resolve) => {
    const end = () => {
      clearTimeout(timer);
      globalThis.removeEventListener?.('online', end);
      resolve();
    };
    const timer = setTimeout(end, milliseconds);
    globalThis.addEventListener?.('online', end, { once: true });
    signal.addEventListener('abort', end, { once: true });
  });
}

async function read(address, told, state, signal) {
  const ended = new AbortController();
  const end = () => ended.abort();
  signal.addEventListener('abort', end, { once: true });
  let silence = setTimeout(end, SILENCE);
  try {
    const headers = { accept: 'text/event-stream', ...(state.lastId && { 'last-event-id': state.lastId }) };
    const answer = await fetch(address, { headers, cache: 'no-store', signal: ended.signal });
    if (!answer.ok) throw new Error(`${address}: ${answer.status}`);
    const feed = parser();
    const text = answer.body.pipeThrough(new TextDecoderStream()).getReader();
    for (let part = await text.read(); !part.done; part = await text.read()) {
      clearTimeout(silence);
      silence = setTimeout(end, SILENCE);
      state.failures = 0;
      told.onAlive();
      feed(part.value).forEach((event) => dispatch(event, told, state));
    }
  } finally {
    clearTimeout(silence);
    signal.removeEventListener('abort', end);
  }
}

function dispatch(event, told, state) {
  if (event.id !== undefined) state.lastId = event.id;
  if (event.retry !== undefined) state.retry = event.retry;
  if (event.data !== '') told.onEvent(event);
}

export { follow, parser };
