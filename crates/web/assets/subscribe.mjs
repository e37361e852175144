// `#notifications`: turns notifications on after a tap, and says how that went. The page's form works without it.
import { fromBase64url } from './verifier.mjs';
import { askAboutMe, forget, handIn, keep, kept } from './store.mjs';

const root = document.querySelector('#notifications');

function say(name) {
  const status = root.querySelector('[data-status]');
  if (status) status.textContent = root.dataset[name] ?? '';
}

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

function isMadeFor(subscription, key) {
  const made = subscription.options.applicationServerKey;
  return made !== null && String(new Uint8Array(made)) === String(key);
}

/** The browser's subscription, made anew if it was for a server with another key. */
async function pushSubscription() {
  const registration = await navigator.serviceWorker.ready;
  const about = await (await fetch('/.well-known/munadi.json')).json();
  const key = fromBase64url(about.vapid_public_key);
  const known = await registration.pushManager.getSubscription();
  if (known && isMadeFor(known, key)) return known;
  await known?.unsubscribe();
  return registration.pushManager.subscribe({ userVisibleOnly: true, applicationServerKey: key });
}

/** Asks the browser only now, after a tap. */
async function allow(button) {
  button.disabled = true;
  say('textAsking');
  try {
    if ((await Notification.requestPermission()) !== 'granted') return say('textDenied');
    const { preferences, consent } = wishes();
    await handIn(await pushSubscription(), preferences, consent);
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

/** Whoever has subscribed before may have chosen differently now. @returns {Promise<boolean>} whether notifications are on */
async function bringUpToDate() {
  const subscription = await pushSubscription();
  const { preferences, consent } = wishes();
  if ((await kept('handed')) === JSON.stringify([subscription.endpoint, preferences])) return true;
  const answer = await askAboutMe('PUT', preferences);
  if (answer?.ok) await keep('handed', JSON.stringify([subscription.endpoint, preferences]));
  else if (answer?.status === 401) await forget('subscription').then(() => handIn(subscription, preferences, consent));
  else throw new Error(`changing: ${answer?.status}`);
  return true;
}

function explainWhy() {
  root.querySelector('#allow').hidden = true;
  const ios = root.querySelector('#ios');
  if (ios && isIos() && !isInstalled()) ios.hidden = false;
  else say('textUnsupported');
}

async function start() {
  root.hidden = false;
  const { preferences } = wishes();
  await keep('preferences', preferences);
  if (!canPush()) return explainWhy();
  const button = root.querySelector('#allow');
  button.addEventListener('click', () => void allow(button));
  if (Notification.permission === 'denied') say('textDenied');
  if (Notification.permission === 'granted' && (await kept('subscription')) && (await bringUpToDate())) show();
}

if (root) start().catch(() => say('textFailed'));
