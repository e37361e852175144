// The service worker: checks what a push message announces before it shows it as official, and shows pages without a connection.
//
// It becomes /sw.js, a classic script, together with verifier.mjs, store.mjs and trust.mjs, each without its lines that begin with
// `import ` or `export `. Before all of them the server puts
//
//     const SHELL = {version, urls: […], icon, badge, texts: {<lang>: {exercise, test, withdrawn, official, title, unchecked,
//                    refused_title, refused, over_title, over}}};
//
// What it says to open pages: {type: 'notice', id} when an official notice has arrived, {type: 'subscription'} when this device has
// got another subscription. Pages say nothing to it: they and it share what store.mjs keeps.
import { fromBase64url } from './verifier.mjs';
import { askAboutMe, handIn, keep, keepNotice, kept, keptNotice, keptNotices, pruneNotices } from './store.mjs';
import { checkNotice, fetchText, pinnedRoot } from './trust.mjs';

const PAGES_CACHE = `pages-${SHELL.version}`;
// Files under /assets/ have their digest in their names, so that those of an earlier version never harm.
const FILES_CACHE = 'files';
const MOST_PAGES = 60;
const MOST_FILES = 80;
const MOST_NOTICES = 200;
/** How long a push message waits for what it announces. */
const PATIENCE = 5000;
/** How long somebody who opens a page waits for the server. */
const PAGE_PATIENCE = 4000;
const DAY = 24 * 3600 * 1000;
const NOTICE_ID = /ntc_[0-7][0-9a-hjkmnp-tv-z]{25}/;

// --- words ----------------------------------------------------------------------------------------------------------------------

const primary = (tag) => tag.split('-')[0];

/** The text of a notice that suits this reader best: the same tag, the same language, then English, then the first. */
function inLanguage(versions, language) {
  const find = (wanted) => versions.find((version) => primary(version.lang) === wanted);
  return versions.find((version) => version.lang === language) ?? find(primary(language)) ?? find('en') ?? versions[0];
}

function direction(lang) {
  const script = lang.split('-').find((part, index) => index === 1 && part.length === 4);
  if (script) return ['Arab', 'Aran'].includes(script) ? 'rtl' : 'ltr';
  return ['ur', 'ks', 'sd', 'ar', 'fa'].includes(primary(lang)) ? 'rtl' : 'ltr';
}

/** In which of our languages to speak to a reader of that one. */
function spoken(language) {
  return [language, primary(language)].find((tag) => SHELL.texts[tag]) ?? 'en';
}

async function readersLanguage() {
  return (await kept('preferences'))?.language ?? (await kept('language')) ?? 'en';
}

function titleOf(notice, version) {
  const texts = SHELL.texts[spoken(version.lang)];
  const marks = [];
  if (notice.status === 'Exercise') marks.push(texts.exercise);
  if (notice.status === 'Test') marks.push(texts.test);
  if (notice.msg_type === 'Cancel') marks.push(texts.withdrawn);
  return [...marks, version.headline].join(' · ');
}

function bodyOf(version) {
  const { official } = SHELL.texts[spoken(version.lang)];
  return [official && `✓ ${official}`, version.instruction || version.body].filter(Boolean).join('\n');
}

// --- push -----------------------------------------------------------------------------------------------------------------------

/** Notices of one family share a tag, so that an update or a cancellation takes the place of what was before. */
async function tagOf(notice, fromMessage) {
  const replaced = (notice.references ?? []).map((text) => NOTICE_ID.exec(text)?.[0]).find(Boolean);
  const known = replaced && (await keptNotice(replaced));
  return fromMessage || known?.tag || replaced || notice.id;
}

/** Shows a notice whose signatures are good and which still applies. */
async function showOfficial(notice, message) {
  const version = inLanguage(notice.languages, await readersLanguage());
  const tag = await tagOf(notice, message.tag);
  const options = {
    body: bodyOf(version),
    lang: version.lang,
    dir: direction(version.lang),
    tag,
    requireInteraction: notice.severity === 'Extreme' && notice.status === 'Actual',
    icon: SHELL.icon,
    badge: SHELL.badge,
    timestamp: Date.parse(notice.sent),
    data: { href: `/notices/${notice.id}`, notice: notice.id, official: true },
  };
  const said = { title: titleOf(notice, version), options };
  // First remembered, then shown: whatever ends this worker in between, the message comes again at most silently.
  const before = await keepNotice({ id: notice.id, tag, seq: notice.seq, said, shown: true, headline: version.headline, lang: version.lang });
  const newest = await newestOf(tag);
  // Browsers punish a message that shows nothing, so what is known already is shown again, without a sound.
  const isNews = !before?.shown && newest.id === notice.id;
  await self.registration.showNotification(newest.said.title, { ...newest.said.options, ...(isNews ? { renotify: true } : { silent: true }) });
  await pruneNotices(MOST_NOTICES);
}

/** The notice of a family that replaced all the others, in whatever order they arrived. */
async function newestOf(tag) {
  const family = (await keptNotices()).filter((notice) => notice.tag === tag && notice.said);
  return family.reduce((one, other) => (other.seq > one.seq ? other : one));
}

/** Shows that something has arrived, in fixed words: it was not found good, so nothing of its own text is shown. */
async function showFixed(kind, message, href) {
  const lang = spoken(await readersLanguage());
  const texts = SHELL.texts[lang];
  const words = { unchecked: [texts.title, texts.unchecked], refused: [texts.refused_title, texts.refused], over: [texts.over_title, texts.over] };
  const [title = 'Munadi', body = texts.unchecked] = words[kind];
  // A phone that was off for weeks is told once, and without a sound, what it missed.
  const isOver = kind === 'over';
  const tag = isOver ? kind : message.tag || NOTICE_ID.exec(href)?.[0] || 'unchecked';
  const known = (await self.registration.getNotifications({ tag })).find((one) => one.data?.official);
  // What is official stays: a bad message must not take its place.
  const ownTag = known ? `${tag}-${kind}` : tag;
  const options = { body, lang, dir: direction(lang), tag: ownTag, silent: isOver, icon: SHELL.icon, badge: SHELL.badge, data: { href, official: false } };
  await self.registration.showNotification(title, options);
}

/** What is new in the inbox, for a message that names no notice: at most five, the oldest first. */
async function newInInbox(signal) {
  const { pins = [], topics = [] } = (await kept('preferences')) ?? {};
  const position = await kept('position');
  const query = new URLSearchParams({ limit: 5 });
  if (pins.length > 0) query.set('pins', pins.join());
  if (topics.length > 0) query.set('topics', topics.join());
  if (position !== undefined) query.set('after', position);
  const inbox = JSON.parse(await fetchText(`/v1/inbox?${query}`, signal));
  const shown = new Set((await keptNotices()).filter((notice) => notice.shown || notice.read).map((notice) => notice.id));
  const isNew = (notice) => notice.state === 'published' && !shown.has(notice.id) && Date.now() - Date.parse(notice.published_at) < DAY;
  const found = inbox.notices.filter(isNew).sort((one, other) => one.position - other.position);
  return { ids: found.map((notice) => notice.id), position: inbox.position };
}

async function tellPages(message) {
  const pages = await self.clients.matchAll({ type: 'window' });
  pages.forEach((page) => page.postMessage(message));
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

/** The declarative message, as far as it can be read; what it says is not to be believed. */
function readMessage(text) {
  try {
    const said = JSON.parse(text).notification ?? {};
    const isText = (value) => (typeof value === 'string' ? value : undefined);
    return { navigate: isText(said.navigate), tag: isText(said.tag), notice: isText(said.data?.notice), digest: isText(said.data?.digest) };
  } catch {
    return {};
  }
}

async function receive(text) {
  const message = readMessage(text);
  const href = pathOf(message.navigate ?? '/inbox');
  const signal = AbortSignal.timeout(PATIENCE);
  try {
    const named = NOTICE_ID.exec(message.notice ?? '')?.[0] ?? NOTICE_ID.exec(href)?.[0];
    await (named ? receiveNotice(named, message, signal) : receiveInbox(message, href, signal));
  } catch {
    await showFixed('unchecked', message, href);
  }
}

async function receiveInbox(message, href, signal) {
  const { ids, position } = await newInInbox(signal);
  for (const id of ids) await receiveNotice(id, {}, signal);
  if (ids.length === 0) await showFixed('unchecked', message, href);
  await keep('position', position);
}

async function receiveNotice(id, message, signal) {
  const { verdict, notice } = await checkNotice(id, signal, message.digest);
  if (verdict === 'official') {
    await showOfficial(notice, message);
    await keep('heard', Date.now());
    await tellPages({ type: 'notice', id });
  } else {
    await showFixed(verdict === 'over' ? 'over' : 'refused', message, `/notices/${id}`);
  }
}

self.addEventListener('push', (event) => {
  event.waitUntil(receive(event.data?.text() ?? ''));
});

self.addEventListener('notificationclick', (event) => {
  event.notification.close();
  event.waitUntil(openPage(event.notification.data?.href ?? '/inbox'));
});

/** Never takes away a page on which somebody may be writing. */
async function openPage(href) {
  const pages = await self.clients.matchAll({ type: 'window', includeUncontrolled: true });
  const page = pages.find((one) => pathOf(one.url) === href);
  return page ? page.focus() : self.clients.openWindow(href);
}

self.addEventListener('pushsubscriptionchange', (event) => {
  event.waitUntil(subscribeAgain());
});

/** The push service has ended the subscription: this device gets a new one with the same wishes, and the old one is erased. */
async function subscribeAgain() {
  const [preferences, consent] = await Promise.all([kept('preferences'), kept('consent')]);
  if (!preferences || !consent || !(await kept('subscription'))) return;
  const { vapid_public_key: key } = JSON.parse(await fetchText('/.well-known/munadi.json'));
  const options = { userVisibleOnly: true, applicationServerKey: fromBase64url(key) };
  const made = await self.registration.pushManager.subscribe(options);
  await askAboutMe('DELETE').catch(() => undefined);
  await handIn(made, preferences, consent);
  await tellPages({ type: 'subscription' });
}

// --- pages without a connection -------------------------------------------------------------------------------------------------

self.addEventListener('install', (event) => {
  event.waitUntil(Promise.all([fillShell(), pinnedRoot().catch(() => undefined)]).then(() => self.skipWaiting()));
});

const isFile = (path) => path.startsWith('/assets/') || path.startsWith('/icons/');
const isKeptPage = (path) => path === '/' || path === '/inbox' || path.startsWith('/notices/');

/** A page that cannot be had now is one that is not there without a connection; the rest is. */
async function fillShell() {
  const put = async (url) => {
    const headers = isFile(url) ? {} : { accept: 'text/html' };
    const response = await fetch(url, { cache: 'reload', headers });
    if (response.ok && !response.redirected) await (await caches.open(isFile(url) ? FILES_CACHE : PAGES_CACHE)).put(url, response);
  };
  await Promise.allSettled(SHELL.urls.map(put));
}

self.addEventListener('activate', (event) => {
  event.waitUntil(moveOldPages().then(() => self.clients.claim()));
});

/** Notices that were read under an earlier version can still be read; all else of it goes. */
async function moveOldPages() {
  const old = (await caches.keys()).filter((name) => name.startsWith('pages-') && name !== PAGES_CACHE);
  const pages = await caches.open(PAGES_CACHE);
  for (const name of old) {
    const cache = await caches.open(name);
    const notices = (await cache.keys()).filter((request) => new URL(request.url).pathname.startsWith('/notices/'));
    for (const request of notices) await pages.put(request, await cache.match(request, { ignoreVary: true }));
    await caches.delete(name);
  }
}

self.addEventListener('fetch', (event) => {
  const url = new URL(event.request.url);
  if (event.request.method !== 'GET' || url.origin !== self.location.origin) return;
  if (isFile(url.pathname)) event.respondWith(file(event.request));
  else if (event.request.mode === 'navigate' && !url.pathname.startsWith('/console')) event.respondWith(page(event.request, url));
});

async function file(request) {
  const found = await caches.match(request, { ignoreVary: true });
  if (found) return found;
  const response = await fetch(request);
  if (response.ok) await put(FILES_CACHE, request, response.clone(), MOST_FILES);
  return response;
}

function late(milliseconds) {
  return new Promise((_, reject) => setTimeout(() => reject(new Error('too late')), milliseconds));
}

/** The network first; then what was kept of this page; then the page that says that there is no connection. */
async function page(request, url) {
  const answer = fetch(request);
  try {
    const response = await Promise.race([answer, late(PAGE_PATIENCE)]);
    if (response.ok && !response.redirected && isKeptPage(url.pathname)) await put(PAGES_CACHE, request, response.clone(), MOST_PAGES);
    return response;
  } catch {
    const ignoreSearch = url.pathname === '/inbox' || url.pathname.startsWith('/notices/');
    const found = await caches.match(request, { ignoreVary: true, ignoreSearch });
    // What is kept nowhere is worth the longest wait; without a connection the wait has ended already.
    return found ?? answer.catch(async (error) => (await caches.match('/offline', { ignoreVary: true })) ?? Promise.reject(error));
  }
}

async function put(name, request, response, most) {
  const cache = await caches.open(name);
  await cache.put(request, response);
  const isOptional = ({ url }) => !SHELL.urls.includes(new URL(url).pathname);
  const old = (await cache.keys()).filter(isOptional).slice(0, -most);
  await Promise.all(old.map((one) => cache.delete(one)));
}
