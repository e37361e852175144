// What the browser keeps, in IndexedDB: for a citizen the preferences, the subscription and the notices; for an officer the signing
// key. No imports, and one export at the end: the server puts this file into /sw.js without that line.

/** Database `munadi`: `kept` by name, `notices` by id, `keys` by officer. */
function openStore() {
  return new Promise((resolve, reject) => {
    const request = indexedDB.open('munadi', 1);
    request.onupgradeneeded = () => {
      request.result.createObjectStore('kept');
      request.result.createObjectStore('notices', { keyPath: 'id' });
      request.result.createObjectStore('keys');
    };
    request.onsuccess = () => resolve(request.result);
    request.onerror = () => reject(request.error);
  });
}

/** @type {Promise<IDBDatabase>|undefined} */
let opened;

/** Runs one request on a store of its own transaction. @returns {Promise<any>} */
async function ask(name, mode, make) {
  opened ??= openStore().catch((error) => {
    opened = undefined;
    throw error;
  });
  const transaction = (await opened).transaction(name, mode);
  const request = make(transaction.objectStore(name));
  return new Promise((resolve, reject) => {
    transaction.oncomplete = () => resolve(request.result);
    transaction.onerror = transaction.onabort = () => reject(transaction.error);
  });
}

/**
 * A kept value, undefined if there is none: `preferences` {pins, topics, language}, `consent` {text_version, language},
 * `subscription` {id, secret}, `handed` (what the server was told last, as JSON), `language` (of the pages), `root` (JWK),
 * `directory` (text), `heard` (milliseconds since 1970), `position` (of the inbox).
 */
const kept = (name) => ask('kept', 'readonly', (store) => store.get(name));
const keep = (name, value) => ask('kept', 'readwrite', (store) => store.put(value, name));
const forget = (name) => ask('kept', 'readwrite', (store) => store.delete(name));

/** Notices that this browser knows, the latest first: {id, position, headline, …, read, shown, tag, seq}. */
async function keptNotices() {
  const all = await ask('notices', 'readonly', (store) => store.getAll());
  return all.sort((one, other) => (other.position ?? 0) - (one.position ?? 0));
}

const keptNotice = (id) => ask('notices', 'readonly', (store) => store.get(id));

/**
 * Adds to what is known of a notice, in one step, so that of two who do it at once each sees what the other did.
 * @returns {Promise<object|undefined>} what was known before
 */
async function keepNotice(notice) {
  let known;
  await ask('notices', 'readwrite', (store) => {
    const found = store.get(notice.id);
    found.onsuccess = () => {
      known = found.result;
      store.put({ ...known, ...notice });
    };
    return found;
  });
  return known;
}

/** Keeps the latest notices only. */
async function pruneNotices(most) {
  const old = (await keptNotices()).slice(most);
  if (old.length > 0) await ask('notices', 'readwrite', (store) => old.map((notice) => store.delete(notice.id)).at(-1));
}

/** Erases everything that is a citizen's, and nothing of an officer's. */
async function eraseCitizen() {
  await ask('kept', 'readwrite', (store) => store.clear());
  await ask('notices', 'readwrite', (store) => store.clear());
}

/** Asks the server for something with the secret of the subscription, if there is one. @returns {Promise<Response|undefined>} */
async function askAboutMe(method, body) {
  const subscription = await kept('subscription');
  if (!subscription) return undefined;
  const headers = { authorization: `Bearer ${subscription.secret}`, ...(body && { 'content-type': 'application/json' }) };
  const init = { method, headers, cache: 'no-store', ...(body && { body: JSON.stringify(body) }) };
  return fetch(`/v1/subscriptions/${subscription.id}`, init);
}

/** Tells the server where messages go and what they are to be about, and keeps the secret that it gives. */
async function handIn(pushSubscription, preferences, consent) {
  const { endpoint, keys } = pushSubscription.toJSON();
  const body = JSON.stringify({ subscription: { endpoint, keys }, preferences, consent });
  const answer = await fetch('/v1/subscriptions', { method: 'POST', headers: { 'content-type': 'application/json' }, body });
  if (!answer.ok) throw Object.assign(new Error(`subscribing: ${answer.status}`), { status: answer.status });
  const { id, secret } = await answer.json();
  await Promise.all([keep('subscription', { id, secret }), keep('consent', consent), keep('preferences', preferences)]);
  await keep('handed', JSON.stringify([endpoint, preferences]));
}

/** An officer's key pair and its thumbprint: {pair, thumbprint}. The private key can sign here and can never be read. */
const officerKey = (officer) => ask('keys', 'readonly', (store) => store.get(officer));
const keepOfficerKey = (officer, key) => ask('keys', 'readwrite', (store) => store.put(key, officer));

export { askAboutMe, eraseCitizen, forget, handIn, keep, keepNotice, keepOfficerKey, kept, keptNotice, keptNotices, officerKey, pruneNotices };
