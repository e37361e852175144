// Fetches what is needed to check a notice, and checks it. The root key is pinned when this browser first comes here; another one is
// never accepted afterwards. The server puts this file into /sw.js without the lines that import and export.
import { Broken, fromBase64url, isSuccessor, verifyDirectory, verifyNotice } from './verifier.mjs';
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
  if (text === last) return previous;
  const next = await verifyDirectory(text, root);
  if (previous && !isSuccessor(next, previous)) throw new Broken('directory', 'it takes something back');
  await keep('directory', text);
  return next;
}

/** The SHA-256 of what is signed, in hexadecimal, as messages name it. */
async function digestOf(text) {
  const hash = await crypto.subtle.digest('SHA-256', fromBase64url(JSON.parse(text).payload));
  return Array.from(new Uint8Array(hash), (byte) => byte.toString(16).padStart(2, '0')).join('');
}

/**
 * Fetches a notice by its id and checks it. Throws if something cannot be fetched.
 * @param {string} [digest] what the payload's digest must be, if somebody said so
 * @returns {Promise<{verdict: string, reason?: string, notice?: object, signers?: object[]}>} as `verifyNotice`
 */
async function checkNotice(id, signal, digest) {
  const [text, directory] = await Promise.allSettled([fetchText(`/notices/${id}.jws`, signal), trustedDirectory(signal)]);
  try {
    if (text.status === 'rejected') throw text.reason;
    if (directory.status === 'rejected') throw directory.reason;
    const checked = await verifyNotice(text.value, directory.value, Date.now() / 1000);
    // A good notice under another's name is not this one.
    const isOther = checked.notice && (checked.notice.id !== id || (digest && digest !== (await digestOf(text.value))));
    return isOther ? { verdict: 'not_official', reason: 'other_notice' } : checked;
  } catch (error) {
    if (error instanceof Broken) return { verdict: 'not_official', reason: error.reason };
    throw error;
  }
}

export { checkNotice, fetchText, pinnedRoot, trustedDirectory };
