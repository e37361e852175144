// `#manage`: what is stored about this citizen, changes of it, and its end.
import { askAboutMe, eraseCitizen, forget, keep, kept } from './store.mjs';
import { whose } from './push-service.mjs';
import { indianMoment } from './words.mjs';

const root = document.querySelector('#manage');
const lang = document.documentElement.lang;

function say(name) {
  root.querySelector('[data-status]').textContent = root.dataset[name] ?? '';
}

/** Somebody else has ended it, or it never was. */
const isGone = (answer) => [401, 404].includes(answer.status);

function fill(stored) {
  const names = JSON.parse(root.dataset.topicNames ?? '{}');
  const fields = {
    places: stored.places.map((place) => `${place.pin} ${place.district}, ${place.state}`).join(' · '),
    topics: stored.preferences.topics.map((topic) => names[topic] ?? topic).join(', ') || (names.all ?? ''),
    language: new Intl.DisplayNames(lang, { type: 'language' }).of(stored.preferences.language),
    since: indianMoment(new Date(stored.created_at), root.dataset.moment),
    endpoint: new URL(stored.endpoint).host,
    whose: whose(root, stored.endpoint).text,
  };
  for (const [name, text] of Object.entries(fields)) {
    const element = root.querySelector(`[data-field="${name}"]`);
    if (element) element.textContent = text;
  }
  fillForm(stored.preferences);
}

/** `form[data-change]`: `pins` in words or lines, `topics` as check boxes, `language`. */
function fillForm({ pins, topics, language }) {
  const form = root.querySelector('form[data-change]');
  if (!form) return;
  form.elements.namedItem('pins').value = pins.join(' ');
  for (const box of form.querySelectorAll('[name="topics"]')) box.checked = topics.length === 0 || topics.includes(box.value);
  form.elements.namedItem('language').value = language;
}

function readForm(form) {
  const boxes = [...form.querySelectorAll('[name="topics"]')];
  const chosen = boxes.filter((box) => box.checked).map((box) => box.value);
  return {
    pins: form.elements.namedItem('pins').value.split(/[^0-9]+/).filter(Boolean),
    topics: chosen.length === boxes.length ? [] : chosen,
    language: form.elements.namedItem('language').value,
  };
}

async function refresh() {
  const answer = await askAboutMe('GET');
  if (answer && isGone(answer)) await forget('subscription');
  else if (answer && !answer.ok) throw new Error(`${answer.status}`);
  const isThere = Boolean(answer?.ok);
  if (isThere) fill(await answer.json());
  root.querySelector('[data-stored]').hidden = !isThere;
  root.querySelector('[data-none]').hidden = isThere;
}

async function change() {
  const wishes = readForm(root.querySelector('form[data-change]'));
  const answer = await askAboutMe('PUT', wishes);
  if (!answer?.ok) throw new Error(`${answer?.status}`);
  await keep('preferences', wishes);
  await forget('handed');
}

/** Ends the subscription at the server first: only it knows the secret's other half. Then at the push service. */
async function leave() {
  const answer = await askAboutMe('DELETE');
  if (answer && !answer.ok && !isGone(answer)) throw new Error(`${answer.status}`);
  const registration = await navigator.serviceWorker?.getRegistration();
  const push = await registration?.pushManager?.getSubscription();
  await push?.unsubscribe();
  await Promise.all(['subscription', 'handed', 'consent'].map(forget));
}

/** Leaves, and erases what this browser keeps: the root key stays pinned, because it says nothing about a citizen. */
async function erase() {
  await leave();
  // The cookie with the choice of places is out of reach for scripts.
  const answer = await fetch('/forget', { method: 'POST', redirect: 'manual' });
  if (answer.type !== 'opaqueredirect') throw new Error(`forgetting: ${answer.status}`);
  document.querySelectorAll('[data-kept]').forEach((element) => element.setAttribute('hidden', ''));
  const pin = await kept('root');
  await eraseCitizen();
  if (pin) await keep('root', pin);
  const names = 'caches' in window ? await caches.keys() : [];
  await Promise.all(names.map((name) => caches.delete(name)));
  const registration = await navigator.serviceWorker?.getRegistration();
  const shown = (await registration?.getNotifications?.()) ?? [];
  shown.forEach((notification) => notification.close());
}

async function act(button, work, done, failed = 'textFailed') {
  button.disabled = true;
  try {
    await work();
    await refresh();
    say(done);
  } catch {
    say(failed);
  }
  button.disabled = false;
}

function start() {
  root.hidden = false;
  for (const [selector, work, done] of [['#leave', leave, 'textLeft'], ['#erase', erase, 'textErased']]) {
    const button = root.querySelector(selector);
    button?.addEventListener('click', (event) => {
      event.preventDefault();
      void act(button, work, done);
    });
  }
  const form = root.querySelector('form[data-change]');
  form?.addEventListener('submit', (event) => {
    event.preventDefault();
    void act(form.querySelector('button'), change, 'textChanged');
  });
  return refresh();
}

if (root) start().catch(() => say('textFailed'));
