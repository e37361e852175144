// `#notifications`: turns notifications on after a tap, and says how that went. The page's form works without it.
import { fromBase64url } from './verifier.mjs';
import { whose } from './push-service.mjs';
import { askAboutMe, forget, handIn, keep, kept } from './store.mjs';

const root = document.querySelector('#notifications');

function tell(text) {
  const status = root.querySelector('[data-status]');
  if (status) status.textContent = text ?? '';
}

const say = (name) => tell(root.dataset[name]);

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
    const subscription = await pushSubscription();
    const { isServed, text } = whose(root, subscription.endpoint);
    if (!isServed) return await giveUp(subscription, text);
    await subscribe(subscription);
  } catch {
    say('textFailed');
  } finally {
    button.disabled = false;
  }
}

async function subscribe(subscription) {
  const { preferences, consent } = wishes();
  try {
    await handIn(subscription, preferences, consent);
    show(subscription);
  } catch (error) {
    if (error.status !== 422) throw error;
    await giveUp(subscription, root.dataset.textElsewhere);
  }
}

/** Nothing will come from this push service, so nothing is left there, and nothing was handed in here. */
async function giveUp(subscription, text) {
  await subscription.unsubscribe();
  root.querySelector('#allow').hidden = true;
  tell(text);
}

/** Says that it is on, or why nothing comes all the same, and whose push service is in between. */
function show(subscription) {
  const { isServed, text } = whose(root, subscription.endpoint);
  tell(isServed ? `${root.dataset.textOn} ${text}` : text);
  root.querySelector('#on')?.removeAttribute('hidden');
  root.querySelector('#allow')?.setAttribute('hidden', '');
}

/** Whoever has subscribed before may have chosen differently now. @returns {Promise<PushSubscription>} the one that counts */
async function bringUpToDate() {
  const subscription = await pushSubscription();
  if (!whose(root, subscription.endpoint).isServed) return subscription;
  const { preferences, consent } = wishes();
  const handed = await kept('handed');
  if (handed === JSON.stringify([subscription.endpoint, preferences])) return subscription;
  if (handed && JSON.parse(handed)[0] !== subscription.endpoint) {
    // The browser has another address now: at the old one nobody hears us.
    await askAboutMe('DELETE').catch(() => undefined);
    await handIn(subscription, preferences, consent);
    return subscription;
  }
  const answer = await askAboutMe('PUT', preferences);
  if (answer?.ok) await keep('handed', JSON.stringify([subscription.endpoint, preferences]));
  else if (answer?.status === 401) await forget('subscription').then(() => handIn(subscription, preferences, consent));
  else throw new Error(`changing: ${answer?.status}`);
  return subscription;
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
  if (Notification.permission === 'granted' && (await kept('subscription'))) show(await bringUpToDate());
}

if (root) start().catch(() => say('textFailed'));
