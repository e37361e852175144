// `#notifications`: turns notifications on after a tap, and says how that went.
import { fromBase64url } from './verifier.mjs';
import { keep, kept } from './store.mjs';

const root = document.querySelector('#notifications');
const status = root?.querySelector('[data-status]');
const say = (name) => {
  if (status) status.textContent = root.dataset[name] ?? '';
};
const list = (text) => (text ? text.split(',') : []);

const isIos = () => /iphone|ipad|ipod/i.test(navigator.userAgent) || (navigator.platform === 'MacIntel' && navigator.maxTouchPoints > 1);
const isInstalled = () => window.matchMedia('(display-mode: standalone)').matches || navigator.standalone === true;
const canPush = () => 'serviceWorker' in navigator && 'PushManager' in window && 'Notification' in window;

function wishes() {
  const { pins, topics, language, consentVersion, consentLanguage } = root.dataset;
  return {
    preferences: { pins: list(pins), topics: list(topics), language },
    consent: { text_version: consentVersion, language: consentLanguage },
  };
}

async function pushSubscription() {
  const registration = await navigator.serviceWorker.ready;
  const known = await registration.pushManager.getSubscription();
  if (known) return known;
  const about = await (await fetch('/.well-known/munadi.json')).json();
  const options = { userVisibleOnly: true, applicationServerKey: fromBase64url(about.vapid_public_key) };
  return registration.pushManager.subscribe(options);
}

async function hand(subscription) {
  const { preferences, consent } = wishes();
  const headers = { 'content-type': 'application/json' };
  const body = JSON.stringify({ subscription, preferences, consent });
  const answer = await fetch('/v1/subscriptions', { method: 'POST', headers, body });
  if (!answer.ok) throw new Error(`subscribing: ${answer.status}`);
  const { id, secret } = await answer.json();
  await keep('subscription', { id, secret });
  await keep('consent', consent);
}

async function allow(button) {
  button.disabled = true;
  say('textAsking');
  try {
    if ((await Notification.requestPermission()) !== 'granted') return say('textDenied');
    await hand(await pushSubscription());
    show();
  } catch {
    say('textFailed');
  } finally {
    button.disabled = false;
  }
}

function show() {
  say('textOn');
  root.querySelector('#on')?.removeAttribute('hidden');
  root.querySelector('#allow')?.setAttribute('hidden', '');
}

async function start() {
  await keep('preferences', wishes().preferences);
  root.hidden = false;
  const button = root.querySelector('#allow');
  if (!canPush()) {
    button.hidden = true;
    const ios = root.querySelector('#ios');
    if (ios && isIos() && !isInstalled()) ios.hidden = false;
    else say('textUnsupported');
    return;
  }
  if (Notification.permission === 'granted' && (await kept('subscription'))) {
    // What was chosen may have changed since.
    await hand(await pushSubscription()).then(show, () => say('textFailed'));
    return;
  }
  button.addEventListener('click', () => void allow(button));
}

if (root) start().catch(() => say('textFailed'));
