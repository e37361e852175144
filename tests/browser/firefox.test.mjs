// Real push without anybody else: our pipeline, our own push service, and a stock Firefox that nobody here has written.

import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';

import { FirefoxPerson } from './firefox.mjs';
import { FLOOD, approve, officersWithKeys, publish, submit, write } from './officers.mjs';
import { Town, until } from './rig.mjs';

const profile = mkdtempSync(join(tmpdir(), 'munadi-firefox-'));
let town;
let officers;
let citizen;

before(async () => {
  town = await Town.start();
  officers = await officersWithKeys(town);
});

after(async () => {
  for (const person of [officers?.writing, officers?.approving, citizen]) await person?.browser.close();
  await town?.stop();
  rmSync(profile, { recursive: true, force: true });
});

/** A look into the database of this town, or a change of it. */
const change = (statement) => execFileSync('psql', [town.settings.DATABASE_URL, '-qAtc', statement], { encoding: 'utf8' });
const counted = (table) => Number(change(`select count(*) from ${table}`));

/** Those of the demonstration's phones are elsewhere. */
const ours = () => counted(`subscription where endpoint like '${town.pushUrl}/%'`);

/** Two officers write, approve and publish. @returns {Promise<string>} the id */
async function announce(headline) {
  const { writing, approving } = officers;
  const texts = Object.fromEntries(Object.entries(FLOOD.texts).map(([tag, [, ...rest]]) => [tag, [headline, ...rest]]));
  const id = await write(writing, { ...FLOOD, texts });
  await submit(writing);
  await approve(approving, id);
  await publish(approving, id, 'Exercise');
  return id;
}

async function choose() {
  await citizen.go('/');
  await citizen.fill('#pins', '226001');
  await citizen.press('#subscribe .actions button');
  await citizen.page.waitForSelector('#notifications:not([hidden])');
}

async function shown(id, headline) {
  const notice = await citizen.notified((one) => one.href === `/notices/${id}`, `the notification of ${headline}`);
  assert.deepEqual([notice.official, notice.title], [true, `EXERCISE · ${headline}`]);
  await until('the acknowledgement', () => counted('push_message') === 0);
}

test('a stock Firefox subscribes on our page, at our own push service', async () => {
  citizen = await FirefoxPerson.arrive(town, profile);
  await choose();
  await citizen.page.click('#allow');
  await citizen.page.waitForSelector('#on:not([hidden])');
  const endpoint = await citizen.endpoint();
  assert.ok(endpoint.startsWith(`${town.pushUrl}/wpush/v2/`), endpoint);
  assert.deepEqual([counted('push_user_agent'), counted('push_channel')], [1, 1]);
});

test('a published notice arrives, is verified by the service worker and shown as official', async () => {
  const id = await announce('The Gomti rises');
  await shown(id, 'The Gomti rises');
});

test('what is published while Firefox is closed waits for it', async () => {
  await citizen.browser.close();
  const id = await announce('The Gomti falls');
  await until('the message at the push service', () => counted('push_message') === 1);
  citizen = await FirefoxPerson.arrive(town, profile);
  await citizen.go('/inbox');
  await shown(id, 'The Gomti falls');
});

test('what is published while our servers are down and up again arrives, too', async () => {
  await town.stopServing();
  await town.serve();
  const id = await announce('The Gomti stands');
  await shown(id, 'The Gomti stands');
});

test('whoever turns notifications off in the browser alone is gone there, and with the next notice here', async () => {
  await citizen.page.evaluate(async () => {
    const registration = await navigator.serviceWorker.ready;
    await (await registration.pushManager.getSubscription()).unsubscribe();
  });
  assert.deepEqual([counted('push_channel'), ours()], [0, 1]);
  await announce('The Gomti flows');
  // The push service answered 410 to our own sender.
  await until('the end of the subscription', () => ours() === 0);
  assert.equal(counted('push_message'), 0);
});

test('a visit to our page brings it back', async () => {
  await choose();
  await citizen.page.waitForSelector('#on:not([hidden])');
  assert.deepEqual([counted('push_channel'), ours()], [1, 1]);
  const id = await announce('The Gomti rests');
  await shown(id, 'The Gomti rests');
});

test('whom the push service has forgotten subscribes again without anybody being there', async () => {
  const before = await citizen.endpoint();
  await citizen.browser.close();
  change('delete from push_user_agent');
  citizen = await FirefoxPerson.arrive(town, profile);
  // Firefox hears that it has another name now, and wakes the worker; no page of ours is open.
  const isNew = `subscription where endpoint like '${town.pushUrl}/%' and endpoint <> '${before}'`;
  await until('another subscription', () => counted(isNew) === 1);
  assert.deepEqual([counted('push_channel'), ours()], [1, 1]);
  const id = await announce('The Gomti sleeps');
  await citizen.go('/inbox');
  await shown(id, 'The Gomti sleeps');
});

test('whoever leaves on our page is forgotten at both at once', async () => {
  await citizen.go('/manage');
  await citizen.page.waitForSelector('#manage [data-stored]:not([hidden])');
  await citizen.page.click('#leave');
  await citizen.page.waitForSelector('#manage [data-none]:not([hidden])');
  assert.deepEqual([counted('push_channel'), ours()], [0, 0]);
  assert.equal(await citizen.endpoint(), null);
});

test('nobody saw an error or another address', () => {
  assert.deepEqual(citizen.faults, []);
});
