// `#inbox`: new notices at once, what is unread, and when the server was last heard of. The server has written the list already.
import { follow } from './live.mjs';
import { keep, keepNotice, kept, keptNotice, keptNotices } from './store.mjs';
import { indianMoment } from './words.mjs';

const root = document.querySelector('#inbox');
const cards = root?.querySelector('#notices');
const lang = document.documentElement.lang;
const names = (kind) => JSON.parse(root.dataset[`${kind}Names`] ?? '{}');
const time = (date) => indianMoment(date, root.dataset.moment);

function say(selector, text) {
  const element = root.querySelector(selector);
  if (element && element.textContent !== text) element.textContent = text;
}

let heardAt = 0;

/** Signs of life come every 15 seconds at least; what is said changes by the minute. */
function heard(isConnected = true) {
  if (isConnected) {
    heardAt = Date.now();
    void keep('heard', heardAt);
  }
  root.dataset.connected = String(isConnected);
  const text = isConnected ? root.dataset.textHeard : root.dataset.textOffline;
  if (heardAt && text) say('[data-heard]', text.replace('{time}', time(new Date(heardAt))));
}

/** A card from the template, of what the stream says of a notice. */
function card(notice) {
  const item = root.querySelector('#card').content.firstElementChild.cloneNode(true);
  item.dataset.notice = notice.id;
  item.dataset.position = notice.position;
  const article = item.querySelector('.notice') ?? item;
  if (notice.severity) article.classList.add(notice.severity.toLowerCase());
  if (notice.status && notice.status !== 'Actual') article.classList.add(notice.status.toLowerCase());
  const fields = {
    headline: notice.headline,
    area: notice.area,
    department: notice.department?.name,
    published: notice.published_at && time(new Date(notice.published_at)),
    until: notice.expires_at && time(new Date(notice.expires_at)),
    severity: names('severity')[notice.severity],
    status: notice.status === 'Actual' ? '' : names('status')[notice.status],
    state: notice.state === 'published' ? '' : names('state')[notice.state],
  };
  for (const [name, text] of Object.entries(fields)) fillIn(item, name, text);
  const headline = item.querySelector('[data-field="headline"]');
  if (notice.lang) Object.assign(headline, { lang: notice.lang, dir: notice.dir });
  const link = item.querySelector('[data-href]');
  if (link) link.href = `/notices/${notice.id}`;
  return item;
}

function fillIn(item, name, text) {
  const element = item.querySelector(`[data-field="${name}"]`);
  if (!element) return;
  element.textContent = text ?? '';
  element.hidden = !text;
}

const find = (id) => cards.querySelector(`[data-notice="${CSS.escape(id)}"]`);

function place(notice) {
  if (notice.replaces) find(notice.replaces)?.remove();
  find(notice.id)?.remove();
  cards.prepend(card(notice));
  root.querySelector('[data-empty]')?.setAttribute('hidden', '');
}

async function markUnread(item) {
  const known = await keptNotice(item.dataset.notice);
  const isUnread = !known?.read;
  (item.querySelector('.notice') ?? item).classList.toggle('unread', isUnread);
  const mark = item.querySelector('[data-unread]');
  if (mark) mark.textContent = isUnread ? (root.dataset.textUnread ?? '') : '';
}

async function arrive(notice) {
  await keepNotice({ ...notice });
  await keep('position', notice.position);
  place(notice);
  await markUnread(find(notice.id));
  say('[data-announce]', (root.dataset.textNew ?? '{headline}').replace('{headline}', notice.headline));
}

/** Without a connection the list is what this browser has kept. */
async function showKept() {
  if (cards.children.length > 0) return;
  for (const notice of (await keptNotices()).reverse()) if (notice.headline) place(notice);
  await Promise.all([...cards.children].map(markUnread));
}

function address() {
  const query = new URLSearchParams({ lang: root.dataset.language || lang });
  for (const name of ['pins', 'topics']) if (root.dataset[name]) query.set(name, root.dataset[name]);
  return `/v1/inbox/stream?${query}`;
}

function onEvent({ event, data }) {
  if (event === 'notice') void arrive(JSON.parse(data));
  // Something was missed: the server writes the list anew.
  if (event === 'reset') location.reload();
}

/** Follows what is published for as long as the page is there, also after it was put aside and taken up again. */
function keepFollowing() {
  let open;
  const begin = () => {
    open = new AbortController();
    const told = { onEvent, onAlive: () => heard(), onLost: () => heard(false), lastId: newestPosition() };
    void follow(address(), told, open.signal);
  };
  window.addEventListener('pagehide', () => open.abort());
  window.addEventListener('pageshow', (event) => event.persisted && begin());
  begin();
}

/** What the page knows already, whether the server wrote it or the stream said it; undefined if that is nothing. */
function newestPosition() {
  const positions = [root, ...cards.children].map((element) => Number(element.dataset.position) || 0);
  const newest = Math.max(...positions);
  return newest > 0 ? String(newest) : undefined;
}

async function keepWhatIsShown() {
  for (const item of cards.children) {
    const headline = item.querySelector('[data-field="headline"]')?.textContent.trim();
    await keepNotice({ id: item.dataset.notice, position: Number(item.dataset.position), headline });
    await markUnread(item);
  }
}

async function start() {
  heardAt = (await kept('heard')) ?? 0;
  heard(navigator.onLine);
  keepFollowing();
  if (root.dataset.position) await keep('position', Number(root.dataset.position));
  await keepWhatIsShown();
  await showKept();
  window.addEventListener('offline', () => heard(false));
  window.addEventListener('pageshow', () => void Promise.all([...cards.children].map(markUnread)));
}

if (root) void start();
