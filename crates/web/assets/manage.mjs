// `#manage`: what is stored about this citizen, and its end.
import { eraseCitizen, forget, kept } from './store.mjs';

const root = document.querySelector('#manage');
const say = (name) => {
  root.querySelector('[data-status]').textContent = root.dataset[name] ?? '';
};

function request(subscription, method) {
  const headers = { authorization: `Bearer ${subscription.secret}` };
  return fetch(`/v1/subscriptions/${subscription.id}`, { method, headers, cache: 'no-store' });
}

function fill(stored) {
  const names = JSON.parse(root.dataset.topicNames ?? '{}');
  const languageNames = new Intl.DisplayNames(document.documentElement.lang, { type: 'language' });
  const fields = {
    places: stored.places.map((place) => `${place.pin} ${place.district}, ${place.state}`).join(' · '),
    topics: stored.preferences.topics.map((topic) => names[topic] ?? topic).join(', ') || (names.all ?? ''),
    language: languageNames.of(stored.preferences.language),
    since: new Date(stored.created_at).toLocaleString(document.documentElement.lang, { dateStyle: 'long', timeStyle: 'short' }),
    endpoint: new URL(stored.endpoint).host,
  };
  for (const [name, text] of Object.entries(fields)) {
    const element = root.querySelector(`[data-field="${name}"]`);
    if (element) element.textContent = text;
  }
}

async function refresh() {
  const subscription = await kept('subscription');
  const answer = subscription && (await request(subscription, 'GET'));
  if (answer && [401, 404].includes(answer.status)) await forget('subscription');
  else if (answer && !answer.ok) throw new Error(`${answer.status}`);
  const is = Boolean(answer?.ok);
  if (is) fill(await answer.json());
  root.querySelector('[data-stored]').hidden = !is;
  root.querySelector('[data-none]').hidden = is;
}

/** Ends the subscription at the server and at the push service. */
async function leave() {
  const subscription = await kept('subscription');
  const answer = subscription && (await request(subscription, 'DELETE'));
  if (answer && !answer.ok && ![401, 404].includes(answer.status)) throw new Error(`${answer.status}`);
  const registration = await navigator.serviceWorker?.getRegistration();
  const push = await registration?.pushManager?.getSubscription();
  await push?.unsubscribe();
  await forget('subscription');
}

/** Leaves, and erases what this browser keeps. */
async function erase() {
  await leave();
  await eraseCitizen();
  if ('caches' in window) await caches.delete('pages');
}

function act(selector, work, done) {
  const button = root.querySelector(selector);
  button?.addEventListener('click', async () => {
    button.disabled = true;
    try {
      await work();
      await refresh();
      say(done);
    } catch {
      say('textFailed');
    }
    button.disabled = false;
  });
}

if (root) {
  root.hidden = false;
  act('#leave', leave, 'textLeft');
  act('#erase', erase, 'textErased');
  refresh().catch(() => say('textFailed'));
}
