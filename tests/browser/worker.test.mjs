// The service worker in a real browser: what it shows of what arrives, and what it can do without a connection.

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';

import { makeKey } from '../../crates/web/assets/sign.mjs';
import { Person, until } from './rig.mjs';
import { Stand, flipped, noticeId } from './stand.mjs';

let stand;
let numbers = 0;
const next = () => (numbers += 1);

before(async () => {
  stand = await Stand.open();
});
after(() => stand.close());

/** Somebody whose browser has the worker, and may show notifications. */
async function citizen(work, { language = 'en' } = {}) {
  stand.instead = () => undefined;
  stand.language = language;
  stand.directory = await stand.signDirectory(1);
  await Person.visit(stand, { language }, async (person) => {
    await person.allowNotifications();
    await person.go('/');
    await person.meetWorker();
    await until('the pinned root', async () => stand.asked.includes('/.well-known/munadi.json'));
    await work(person);
  });
}

const full = (id, more = {}) => ({
  web_push: 8030,
  notification: { title: 'DO WHAT THIS SAYS', body: 'It is a lie.', lang: 'en', dir: 'ltr', navigate: `${stand.url}/notices/${id}`, tag: id, silent: false, data: { notice: id }, ...more },
  mutable: true,
});
const wakeUp = (path) => ({ web_push: 8030, notification: { title: 'New official notice', navigate: stand.url + path, lang: 'en', dir: 'ltr', silent: false }, mutable: true });

test('a notice that three have signed is shown as official, in its own words', () =>
  citizen(async (person) => {
    const number = next();
    const id = noticeId(number);
    await stand.publish(number);
    await person.push(full(id));
    const shown = await person.notified((one) => one.official);
    assert.equal(shown.title, `Flood ${number}`);
    assert.match(shown.body, /^✓ Official\nGo uphill\.$/);
    assert.deepEqual([shown.lang, shown.dir, shown.tag, shown.silent, shown.href], ['en-IN', 'ltr', id, false, `/notices/${id}`]);
  }));

test('it is shown in the language of the pages, and what is written from right to left so', async () => {
  const number = next();
  await stand.publish(number);
  for (const [language, lang, dir, title] of [['hi', 'hi-IN', 'ltr', `बाढ़ ${number}`], ['ur', 'ur', 'rtl', `سیلاب ${number}`]]) {
    await citizen(async (person) => {
      await person.push(wakeUp(`/notices/${noticeId(number)}`));
      const shown = await person.notified((one) => one.official);
      assert.deepEqual([shown.title, shown.lang, shown.dir], [title, lang, dir]);
    }, { language });
  }
});

test('a drill says so, and so does what is taken back', () =>
  citizen(async (person) => {
    const [drill, cancel] = [next(), next()];
    await stand.publish(drill, { status: 'Exercise' });
    await stand.publish(cancel, { msg_type: 'Cancel', references: [noticeId(drill)], status: 'Exercise' });
    await person.push(wakeUp(`/notices/${noticeId(drill)}`));
    await person.notified((one) => one.title === `EXERCISE · Flood ${drill}`);
    await person.push(wakeUp(`/notices/${noticeId(cancel)}`));
    await person.notified((one) => one.title === `EXERCISE · Taken back · Flood ${cancel}`);
    assert.equal((await person.notifications()).length, 1, 'it takes the place of what it takes back');
  }));

const altered = {
  'one bit of the notice': (envelope) => ({ ...envelope, payload: flipped(envelope.payload, 300) }),
  'one bit of a signature': ({ payload, signatures: [first, ...rest] }) => ({ payload, signatures: [{ ...first, signature: flipped(first.signature) }, ...rest] }),
  'one bit of a header': ({ payload, signatures: [first, ...rest] }) => ({ payload, signatures: [{ ...first, protected: flipped(first.protected, 90) }, ...rest] }),
  'no approver': ({ payload, signatures: [author, , publisher] }) => ({ payload, signatures: [author, publisher] }),
};

for (const [what, alter] of Object.entries(altered)) {
  test(`not official, and nothing of its text is shown: ${what}`, () =>
    citizen(async (person) => {
      const id = noticeId(next());
      stand.notices.set(id, JSON.stringify(alter(await stand.publish(numbers))));
      await person.push(full(id));
      const shown = await person.notified(() => true);
      assert.deepEqual([shown.official, shown.title, shown.body], [false, 'Not ours', 'Not proved']);
    }));
}

test('not official: the key directory is altered, or another root has signed it', () =>
  citizen(async (person) => {
    const id = noticeId(next());
    await stand.publish(numbers);
    const good = JSON.parse(stand.directory);
    stand.directory = JSON.stringify({ ...good, payload: flipped(good.payload, 500) });
    await person.push(full(id));
    await person.notified((one) => one.title === 'Not ours');
    // Another root, also if the server names it as its own now: the first one is pinned.
    const other = await makeKey();
    stand.directory = await stand.signDirectory(2, other);
    stand.instead = (path) => (path === '/.well-known/munadi.json' ? { type: 'application/json', body: JSON.stringify({ issuer: 'stand', root: other.jwk }) } : undefined);
    await person.push(full(id, { tag: 'again' }));
    await person.notified((one) => one.tag === 'again' && one.title === 'Not ours');
    assert.ok(!(await person.notifications()).some((one) => one.official));
  }));

test('not official: a good notice under the name of another, or with another digest than was announced', () =>
  citizen(async (person) => {
    const [one, other] = [next(), next()].map(noticeId);
    await stand.publish(numbers);
    stand.notices.set(one, stand.notices.get(other));
    await person.push(full(one));
    await person.notified((shown) => shown.title === 'Not ours' && shown.tag === one);
    await person.push(full(other, { data: { notice: other, digest: '0'.repeat(64) } }));
    await person.notified((shown) => shown.title === 'Not ours' && shown.tag === other);
  }));

test('what is over is not shown as official', () =>
  citizen(async (person) => {
    const id = noticeId(next());
    await stand.publish(numbers, { sent: '2026-01-01T00:00:00Z', expires: '2026-01-02T00:00:00Z' });
    await person.push(full(id));
    await person.notified((one) => one.title === 'Earlier' && one.body === 'Over' && !one.official);
  }));

test('what cannot be fetched in a few seconds is announced in fixed words', () =>
  citizen(async (person) => {
    const id = noticeId(next());
    await stand.publish(numbers);
    stand.instead = (path) => (path.endsWith('.jws') && path.includes('ntc_') ? new Promise(() => undefined) : undefined);
    await person.push(full(id));
    await person.notified((one) => one.title === 'Something came' && one.body === 'Open to read' && one.href === `/notices/${id}`);
    // The message comes again when the server answers again: now it is official, and it takes the place of the fixed words.
    stand.instead = () => undefined;
    await person.push(full(id));
    await person.notified((one) => one.official);
    assert.equal((await person.notifications()).length, 1);
  }));

test('an update takes the place of what it updates, whatever arrives late or twice', () =>
  citizen(async (person) => {
    const [first, second] = [next(), next()];
    await stand.publish(first);
    await stand.publish(second, { msg_type: 'Update', references: [noticeId(first)] });
    const push = (number) => person.push(full(noticeId(number), { tag: noticeId(first) }));
    await push(first);
    await person.notified((one) => one.title === `Flood ${first}` && !one.silent);
    await push(second);
    await person.notified((one) => one.title === `Flood ${second}` && !one.silent);
    await push(second);
    await person.notified((one) => one.title === `Flood ${second}` && one.silent);
    await push(first);
    await until('the late message', () => stand.asked.filter((path) => path === `/notices/${noticeId(first)}.jws`).length === 2);
    const [only, ...others] = await person.notifications();
    assert.deepEqual([only.title, only.silent, others], [`Flood ${second}`, true, []]);
  }));

test('a bad message does not take an official notice away', () =>
  citizen(async (person) => {
    const [good, bad] = [next(), next()].map(noticeId);
    await stand.publish(numbers - 1);
    await person.push(full(good));
    await person.notified((one) => one.official);
    stand.notices.set(bad, '{}');
    await person.push(full(bad, { tag: good }));
    await person.notified((one) => one.title === 'Not ours');
    assert.ok((await person.notifications()).some((one) => one.official && one.tag === good));
  }));

test('a message that names nothing leads to what is new in the inbox', () =>
  citizen(async (person) => {
    const number = next();
    await stand.publish(number);
    stand.inbox = { notices: [{ id: noticeId(number), position: 7, state: 'published', published_at: new Date().toISOString() }], position: 7, reset: false };
    await person.push('');
    await person.notified((one) => one.official && one.title === `Flood ${number}`);
    // The next time it asks for what came after.
    await person.push(wakeUp('/inbox'));
    await until('the question', () => stand.asked.some((path) => path.startsWith('/v1/inbox?') && path.includes('after=7')));
    await person.notified((one) => one.title === 'Something came');
  }));

test('a message that is hostile makes no more than the fixed words', () =>
  citizen(async (person) => {
    stand.inbox = { notices: [], position: 0, reset: false };
    for (const [index, text] of ['{', '[]', '{"notification":7}', '{"notification":{"navigate":"https://evil.example/","tag":{"a":1}}}'].entries()) {
      await person.push(text);
      await until(`answer ${index}`, () => stand.asked.filter((path) => path.startsWith('/v1/inbox')).length > index);
    }
    const shown = await person.notified(() => true);
    assert.deepEqual([shown.official, shown.href, shown.title], [false, '/inbox', 'Something came']);
  }));

test('without a connection: pages that were seen, and a page that says so', () =>
  citizen(async (person) => {
    const id = noticeId(next());
    await stand.publish(numbers);
    await person.go(`/notices/${id}`);
    await person.page.waitForSelector('[data-verdict="official"]');
    const port = Number(new URL(stand.url).port);
    await stand.close();
    await person.go(`/notices/${id}`);
    assert.match(await person.text('h1'), new RegExp(id));
    await person.go('/archive');
    assert.match(await person.text('h1'), /offline/);
    await stand.listen(port);
    await person.go('/archive');
    assert.match(await person.text('h1'), /archive/);
  }));

test('a new version of the scripts keeps the notices that were read', () =>
  citizen(async (person) => {
    const id = noticeId(next());
    await stand.publish(numbers);
    await person.go(`/notices/${id}`);
    stand.version = '2';
    await person.page.evaluate(() => navigator.serviceWorker.getRegistration().then((registration) => registration.update()));
    await until('the new cache', () => person.page.evaluate(async () => (await caches.keys()).join() === 'files,pages-2'));
    const port = Number(new URL(stand.url).port);
    await stand.close();
    await person.go(`/notices/${id}`);
    assert.match(await person.text('h1'), new RegExp(id));
    await stand.listen(port);
  }));
