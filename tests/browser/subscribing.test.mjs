// A citizen turns notifications on, changes wishes, looks at what is stored, leaves and erases everything.

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';

import { Person, Town, until } from './rig.mjs';

let town;

before(async () => {
  town = await Town.start();
});
after(() => town?.stop());

/** Gives the browser a push service in place of the world's, which tests cannot reach. What it gave is kept from page to page. */
async function withPushService(person, number) {
  const endpoint = `http://localhost:${town.demo.sink.split(':').at(-1)}/push/${number}`;
  await person.page.evaluateOnNewDocument((address) => {
    const encode = (bytes) => btoa(String.fromCharCode(...new Uint8Array(bytes))).replaceAll('+', '-').replaceAll('/', '_').replaceAll('=', '');
    const given = (kept) => ({
      endpoint: address,
      options: { applicationServerKey: new Uint8Array(kept.key).buffer },
      toJSON: () => ({ endpoint: address, expirationTime: null, keys: kept.keys }),
      unsubscribe: async () => (localStorage.removeItem('push'), true),
    });
    PushManager.prototype.getSubscription = async () => {
      const kept = localStorage.getItem('push');
      return kept && given(JSON.parse(kept));
    };
    PushManager.prototype.subscribe = async ({ userVisibleOnly, applicationServerKey }) => {
      if (!userVisibleOnly) throw new TypeError('everything that arrives must be shown');
      const pair = await crypto.subtle.generateKey({ name: 'ECDH', namedCurve: 'P-256' }, true, ['deriveBits']);
      const p256dh = encode(await crypto.subtle.exportKey('raw', pair.publicKey));
      const keys = { p256dh, auth: encode(crypto.getRandomValues(new Uint8Array(16))) };
      localStorage.setItem('push', JSON.stringify({ key: [...applicationServerKey], keys }));
      return given(JSON.parse(localStorage.getItem('push')));
    };
  }, endpoint);
}

/** Everything that this browser keeps, as {name: value}. */
function keptBy(person) {
  return person.page.evaluate(async () => {
    const ask = (request) => new Promise((resolve, reject) => Object.assign(request, { onsuccess: () => resolve(request.result), onerror: () => reject(request.error) }));
    const database = await ask(indexedDB.open('munadi'));
    const store = database.transaction('kept').objectStore('kept');
    const [names, values] = await Promise.all([ask(store.getAllKeys()), ask(store.getAll())]);
    database.close();
    return Object.fromEntries(names.map((name, index) => [name, values[index]]));
  });
}

async function choose(person, pin) {
  await person.go('/');
  await person.fill('#pins', pin);
  await person.press('#subscribe .actions button');
  await person.page.waitForSelector('#notifications:not([hidden])');
}

async function turnOn(person, pin) {
  await choose(person, pin);
  await person.page.click('#allow');
  await person.page.waitForSelector('#on:not([hidden])');
}

const stored = async ({ id, secret }) => fetch(`${town.url}/v1/subscriptions/${id}`, { headers: { authorization: `Bearer ${secret}` } });

async function manage(person) {
  await person.go('/manage');
  await person.page.waitForSelector('#manage [data-stored]:not([hidden]), #manage [data-none]:not([hidden])');
  return person.text('#manage');
}

test('on after a tap; wishes change with the page; what is stored is shown; leaving ends it everywhere', () =>
  Person.visit(town, {}, async (person) => {
    await withPushService(person, 900_001);
    await person.allowNotifications();
    await turnOn(person, '226001');
    const { subscription } = await keptBy(person);
    assert.deepEqual((await (await stored(subscription)).json()).preferences, { pins: ['226001'], topics: [], language: 'en' });
    assert.match(await manage(person), /226001 Lucknow[\s\S]*localhost/);

    await choose(person, '560001');
    await until('the change', async () => (await (await stored(subscription)).json()).preferences.pins.join() === '560001');
    assert.equal((await keptBy(person)).subscription.id, subscription.id);
    assert.match(await manage(person), /560001 /);

    await person.page.click('#leave');
    await person.page.waitForSelector('#manage [data-none]:not([hidden])');
    assert.equal((await stored(subscription)).status, 401);
    assert.equal((await keptBy(person)).subscription, undefined);
    assert.equal(await person.page.evaluate(() => localStorage.getItem('push')), null);
  }));

test('erasing leaves nothing but the pinned key, here and at the server', () =>
  Person.visit(town, {}, async (person) => {
    await withPushService(person, 900_002);
    await person.allowNotifications();
    await turnOn(person, '226001');
    await person.meetWorker();
    const { subscription } = await keptBy(person);
    await manage(person);
    await person.page.click('#erase');
    await until('the end', async () => (await stored(subscription)).status === 401);
    await until('nothing kept', async () => Object.keys(await keptBy(person)).every((name) => ['root', 'language'].includes(name)));
    await until('no pages kept', () => person.page.evaluate(async () => (await caches.keys()).length === 0));
  }));

test('whoever says no is told what that means, and nothing is sent', () =>
  Person.visit(town, {}, async (person) => {
    await choose(person, '226001');
    // Nobody is asked before the tap.
    await person.page.click('#allow');
    const denied = await person.page.$eval('#notifications', (root) => root.dataset.textDenied);
    await until('the words', async () => (await person.text('#notifications [data-status]')) === denied);
    assert.equal((await keptBy(person)).subscription, undefined);
  }));

test('on an iPhone the way over the Home Screen is shown', () =>
  Person.visit(town, {}, async (person) => {
    await person.page.setUserAgent('Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.0 Mobile/15E148 Safari/604.1');
    await person.page.evaluateOnNewDocument(() => delete window.PushManager);
    await choose(person, '226001');
    await person.page.waitForSelector('#ios:not([hidden])');
    assert.equal(await person.page.$eval('#allow', (button) => button.hidden), true);
  }));
