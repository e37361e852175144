// The service worker: checks what a push message announces before it shows it as official, and shows pages without a connection.
// It becomes /sw.js together with verifier.mjs, store.mjs and trust.mjs; the server puts `const SHELL = {version, urls, icon, badge,
// texts}` before all of them. It tells open pages {type: 'notice', id} when a notice has arrived.
import { fromBase64url } from './verifier.mjs';
import { keep, keepNotice, kept, keptNotice, pruneNotices } from './store.mjs';
import { checkNotice, fetchText, pinnedRoot } from './trust.mjs';

const SHELL_CACHE = `shell-${SHELL.version}`;
const PAGES_CACHE = 'pages';
const MOST_PAGES = 40;
const MOST_NOTICES = 200;
const PATIENCE = 8000;
const PAGE_PATIENCE = 4000;
const NOTICE_ID = /ntc_[0-7][0-9a-hjkmnp-tv-z]{25}/;

// --- push -----------------------------------------------------------------------------------------------------------------------

/** The text of a notice that suits this reader best: the same language, then English, then the first. */
function inLanguage(versions, language) {
  const primary = (tag) => tag.split('-')[0];
  const find = (wanted) => versions.find((version) => primary(version.lang) === wanted);
  return versions.find((version) => version.lang === language) ?? find(primary(language)) ?? find('en') ?? versions[0];
}

function direction(lang) {
  const script = lang.split('-').find((part) => part.length === 4);
  if (script) return ['Arab', 'Aran'].includes(script) ? 'rtl' : 'ltr';
  return ['ur', 'ks', 'sd', 'ar', 'fa'].includes(lang.split('-')[0]) ? 'rtl' : 'ltr';
}

function textsIn(language) {
  return SHELL.texts[language] ?? SHELL.texts[language.split('-')[0]] ?? SHELL.texts.en;
}

async function language() {
  return (await kept('preferences'))?.language ?? 'en';
}

/** Notices of one family share a tag, so that an update takes the place of what it updates. */
async function tagOf(notice, fromMessage) {
  const replaced = notice.references.map((text) => NOTICE_ID.exec(text)?.[0]).find(Boolean);
  const known = replaced && (await keptNotice(replaced));
  return fromMessage || known?.tag || replaced || notice.id;
}

function titleOf(notice, headline, texts) {
  const marks = [];
  if (notice.status === 'Exercise') marks.push(texts.exercise);
  if (notice.status === 'Test') marks.push(texts.test);
  if (notice.msg_type === 'Cancel') marks.push(texts.withdrawn);
  return [...marks, headline].join(' · ');
}

/** Shows a notice whose signatures are good and which still applies. */
async function showOfficial(notice, fromMessage) {
  const version = inLanguage(notice.languages, await language());
  const known = await keptNotice(notice.id);
  const tag = await tagOf(notice, fromMessage.tag);
  const isRepeated = Boolean(known?.shown);
  // First remembered, then shown: whatever ends this worker in between, the message comes again at most silently.
  await keepNotice({ id: notice.id, tag, shown: true, headline: version.headline, lang: version.lang, read: known?.read ?? false });
  await pruneNotices(MOST_NOTICES);
  await self.registration.showNotification(titleOf(notice, version.headline, textsIn(version.lang)), {
    body: version.instruction || version.body,
    lang: version.lang,
    dir: direction(version.lang),
    tag,
    renotify: !isRepeated,
    silent: isRepeated || Boolean(fromMessage.silent),
    requireInteraction: notice.severity === 'Extreme' && notice.status === 'Actual',
    icon: SHELL.icon,
    badge: SHELL.badge,
    data: { href: `/notices/${notice.id}`, official: true },
  });
}

/** Shows that something has arrived, in fixed words: it could not be checked, so nothing of its text is shown. */
async function showUnchecked(message, href) {
  const lang = await language();
  const texts = textsIn(lang);
  await self.registration.showNotification(message.title && !message.data ? message.title : texts.title, {
    body: texts.unchecked,
    lang,
    dir: direction(lang),
    tag: message.tag || href,
    icon: SHELL.icon,
    badge: SHELL.badge,
    data: { href, official: false },
  });
}

/** What is new in the inbox, for a message that names no notice. */
async function newInInbox(signal) {
  const { pins = [], topics = [] } = (await kept('preferences')) ?? {};
  const position = (await kept('position')) ?? 0;
  const query = new URLSearchParams({ pins: pins.join(), topics: topics.join(), after: position, limit: 5 });
  for (const name of ['pins', 'topics']) if (query.get(name) === '') query.delete(name);
  const inbox = JSON.parse(await fetchText(`/v1/inbox?${query}`, signal));
  await keep('position', inbox.position);
  const unseen = inbox.notices.filter((notice) => notice.state === 'published');
  return unseen.map((notice) => notice.id);
}

async function tellPages(id) {
  const pages = await self.clients.matchAll({ type: 'window' });
  pages.forEach((page) => page.postMessage({ type: 'notice', id }));
}

/** A link of ours only. */
function pathOf(address) {
  try {
    const url = new URL(address, self.location.origin);
    return url.origin === self.location.origin ? url.pathname + url.search : '/inbox';
  } catch {
    return '/inbox';
  }
}

async function receive(text) {
  let message = {};
  try {
    message = JSON.parse(text).notification ?? {};
  } catch {
    // What is no JSON says nothing; the inbox tells what is new.
  }
  const href = pathOf(message.navigate ?? '/inbox');
  const signal = AbortSignal.timeout(PATIENCE);
  try {
    const named = NOTICE_ID.exec(message.data?.notice ?? href)?.[0];
    const ids = named ? [named] : await newInInbox(signal);
    let shown = 0;
    for (const id of ids) shown += await receiveNotice(id, message, signal);
    if (shown === 0) await showUnchecked(message, href);
  } catch {
    await showUnchecked(message, href);
  }
}

/** @returns {Promise<number>} how many notifications it made */
async function receiveNotice(id, message, signal) {
  const { verdict, notice } = await checkNotice(id, signal);
  if (verdict !== 'official') return 0;
  await showOfficial(notice, message);
  await keep('heard', Date.now());
  await tellPages(id);
  return 1;
}

self.addEventListener('push', (event) => {
  event.waitUntil(receive(event.data?.text() ?? ''));
});

self.addEventListener('notificationclick', (event) => {
  event.notification.close();
  event.waitUntil(openPage(event.notification.data?.href ?? '/inbox'));
});

async function openPage(href) {
  const pages = await self.clients.matchAll({ type: 'window', includeUncontrolled: true });
  const page = pages.find((one) => new URL(one.url).pathname === href) ?? pages[0];
  if (!page) return self.clients.openWindow(href);
  await page.focus();
  return new URL(page.url).pathname === href ? page : page.navigate(href);
}

self.addEventListener('pushsubscriptionchange', (event) => {
  event.waitUntil(subscribeAgain());
});

/** The push service has ended the subscription: this device gets a new one with the same wishes. */
async function subscribeAgain() {
  const preferences = await kept('preferences');
  const consent = await kept('consent');
  if (!preferences || !consent) return;
  const { vapid_public_key: key } = JSON.parse(await fetchText('/.well-known/munadi.json'));
  const options = { userVisibleOnly: true, applicationServerKey: fromBase64url(key) };
  const subscription = await self.registration.pushManager.subscribe(options);
  const body = JSON.stringify({ subscription, preferences, consent });
  const headers = { 'content-type': 'application/json' };
  const answer = await fetch('/v1/subscriptions', { method: 'POST', headers, body });
  if (!answer.ok) throw new Error(`subscribing again: ${answer.status}`);
  const { id, secret } = await answer.json();
  await keep('subscription', { id, secret });
}

// --- pages without a connection -------------------------------------------------------------------------------------------------

self.addEventListener('install', (event) => {
  event.waitUntil(Promise.all([fillShell(), pinnedRoot().catch(() => undefined)]).then(() => self.skipWaiting()));
});

async function fillShell() {
  const cache = await caches.open(SHELL_CACHE);
  await cache.addAll(SHELL.urls);
}

self.addEventListener('activate', (event) => {
  event.waitUntil(removeOldShells().then(() => self.clients.claim()));
});

async function removeOldShells() {
  const old = (await caches.keys()).filter((name) => name.startsWith('shell-') && name !== SHELL_CACHE);
  await Promise.all(old.map((name) => caches.delete(name)));
}

self.addEventListener('fetch', (event) => {
  const url = new URL(event.request.url);
  if (event.request.method !== 'GET' || url.origin !== self.location.origin) return;
  if (url.pathname.startsWith('/assets/') || url.pathname.startsWith('/icons/')) {
    event.respondWith(caches.match(event.request).then((found) => found ?? fetch(event.request)));
  } else if (event.request.mode === 'navigate' && !url.pathname.startsWith('/console')) {
    event.respondWith(page(event.request, url));
  }
});

const isKeptPage = (path) => path === '/' || path === '/inbox' || path.startsWith('/notices/');

/** The network first; then what was kept of this page; then the page that says that there is no connection. */
async function page(request, url) {
  try {
    const response = await fetch(request, { signal: AbortSignal.timeout(PAGE_PATIENCE) });
    if (response.ok && !response.redirected && isKeptPage(url.pathname)) await keepPage(request, response.clone());
    return response;
  } catch (error) {
    const found = await caches.match(request, { ignoreVary: true, ignoreSearch: url.pathname === '/inbox' });
    const offline = found ?? (await caches.match('/offline', { ignoreVary: true }));
    if (offline) return offline;
    throw error;
  }
}

async function keepPage(request, response) {
  const cache = await caches.open(PAGES_CACHE);
  await cache.put(request, response);
  const old = (await cache.keys()).slice(0, -MOST_PAGES);
  await Promise.all(old.map((one) => cache.delete(one)));
}
