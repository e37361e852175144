// Every page: accessible in both languages, light and dark; light to load; from here only; and of use without a script.

import assert from 'node:assert/strict';
import { mkdirSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { after, before, test } from 'node:test';
import { fileURLToPath } from 'node:url';

import { FLOOD, approve, officersWithKeys, publish, submit, write } from './officers.mjs';
import { Person, Town } from './rig.mjs';

const MOST_BYTES = 100 * 1024;
const CITIZEN = ['/', '/inbox?pins=226001', '/archive', '/verify', '/manage', '/about', '/privacy', '/accessibility', '/terms', '/offline'];
const CONSOLE = ['/console', '/console/notices', '/console/notices/new', '/console/keys', '/console/limits'];

let town;
let officers;
let id;

before(async () => {
  mkdirSync(join(dirname(fileURLToPath(import.meta.url)), '../../docs/screens'), { recursive: true });
  town = await Town.start();
  officers = await officersWithKeys(town);
  id = await write(officers.writing, FLOOD);
  await submit(officers.writing);
  await approve(officers.approving, id);
  await publish(officers.approving, id, 'Exercise');
});

after(async () => {
  for (const person of Object.values(officers ?? {})) await person.browser.close();
  await town?.stop();
});

const citizenPages = () => [...CITIZEN, `/notices/${id}`];
const consolePages = () => [...CONSOLE, `/console/notices/${id}`];

async function isAccessible(person, path, language) {
  await person.go(`${path}${path.includes('?') ? '&' : '?'}lang=${language}`);
  assert.equal(await person.page.$eval('html', (html) => html.lang), language, path);
  return (await person.axe()).map((fault) => `${path} ${language}: ${fault}`);
}

for (const scheme of ['light', 'dark']) {
  for (const language of ['en', 'hi']) {
    test(`axe finds nothing serious: ${scheme}, ${language}`, () =>
      Person.visit(town, { scheme, language }, async (person) => {
        const found = [];
        for (const path of [...citizenPages(), '/console/sign-in']) found.push(...(await isAccessible(person, path, language)));
        await person.signIn('meera');
        for (const path of consolePages()) found.push(...(await isAccessible(person, path, language)));
        assert.deepEqual(found, []);
      }));
  }
}

test('every page loads under 100 KB', () =>
  Person.visit(town, {}, async (person) => {
    const heavy = [];
    const weigh = async (paths) => {
      for (const path of paths) {
        const bytes = await person.weight(path);
        assert.ok(bytes > 1000, path);
        if (bytes > MOST_BYTES) heavy.push(`${path}: ${bytes}`);
      }
    };
    await weigh(citizenPages());
    await person.signIn('asha');
    await weigh(consolePages());
    assert.deepEqual(heavy, []);
  }));

test('without a script: choosing, reading, verifying', () =>
  Person.visit(town, { javascript: false }, async (person) => {
    await person.go('/');
    await person.type('#pins', '226001');
    await person.page.click('#subscribe .actions button');
    await person.page.waitForSelector('#inbox');
    assert.match(await person.content(), /Gomti/);
    await person.go(`/notices/${id}`);
    assert.match(await person.content(), /higher ground/);
    await person.go(`/verify?q=${encodeURIComponent(`${town.url}/notices/${id}`)}`);
    assert.equal(person.lastStatus, 200);
  }));

for (const [width, height, name] of [[360, 800, 'narrow'], [1440, 900, 'wide']]) {
  test(`screens, ${name}`, () =>
    Person.visit(town, { width, height }, async (person) => {
      const shoot = async (title, path) => {
        await person.go(path);
        await person.overflow(path);
        await person.screenshot(`${title}-${name}.png`);
      };
      await shoot('home', '/?lang=en');
      await shoot('home-hi', '/?lang=hi');
      await shoot('inbox', '/inbox?pins=226001&lang=en');
      await shoot('notice', `/notices/${id}`);
      await shoot('notice-hi', `/notices/${id}?lang=hi`);
      await shoot('archive', '/archive?lang=en');
      await shoot('verify', `/verify?q=${encodeURIComponent(`${town.url}/notices/${id}`)}`);
      await person.signIn('meera');
      await shoot('console', '/console');
      await shoot('compose', '/console/notices/new');
      await shoot('progress', `/console/notices/${id}`);
    }));
}
