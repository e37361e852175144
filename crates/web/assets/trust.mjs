// Fetches what is needed to check a notice, and checks it. The root key is pinned when this browser first comes here; another one is
// never accepted afterwards. The server puts this file into /sw.js without the lines that import and export.
import { Broken, isSuccessor, verifyDirectory, verifyNotice } from './verifier.mjs';
import { keep, kept } from './store.mjs';

const ABOUT = '/.well-known/munadi.json';
const DIRECTORY = '/.well-known/munadi/keys.jws';

async function fetchText(path, signal) {
  const response = await fetch(path, { signal, cache: 'no-cache', credentials: 'omit', headers: { accept: '*/*' } });
  if (!response.ok) throw new Error(`${path}: ${response.status}`);
  return response.text();
}

/** The pinned root key; pins it at the first call. @returns {Promise<JsonWebKey>} */
async function pinnedRoot(signal) {
  const pinned = await kept('root');
  if (pinned) return pinned;
  const { root } = JSON.parse(await fetchText(ABOUT, signal));
  await keep('root', root);
  return root;
}

/** The newest edition of the key directory that follows the last one seen; the last one if there is no connection. */
async function trustedDirectory(signal) {
  const root = await pinnedRoot(signal);
  const last = await kept('directory');
  const previous = last && (await verifyDirectory(last, root));
  let text;
  try {
    text = await fetchText(DIRECTORY, signal);
  } catch (error) {
    if (previous) return previous;
    throw error;
  }
  const next = await verifyDirectory(text, root);
  if (previous && !isSuccessor(next, previous)) throw new Broken('directory', 'it takes something back');
  if (text !== last) await keep('directory', text);
  return next;
}

/**
 * Fetches a notice by its id and checks it. Throws if something cannot be fetched.
 * @returns {Promise<{verdict: string, reason?: string, notice?: object, signers?: object[]}>} as `verifyNotice`
 */
async function checkNotice(id, signal) {
  const text = await fetchText(`/notices/${id}.jws`, signal);
  try {
    const checked = await verifyNotice(text, await trustedDirectory(signal), Date.now() / 1000);
    // A good notice under another's name is not this one.
    return checked.notice && checked.notice.id !== id ? { verdict: 'not_official', reason: 'other_notice' } : checked;
  } catch (error) {
    if (error instanceof Broken) return { verdict: 'not_official', reason: error.reason };
    throw error;
  }
}

export { checkNotice, fetchText, pinnedRoot, trustedDirectory };
