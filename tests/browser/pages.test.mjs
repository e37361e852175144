// Every page: accessible in both languages, light and dark; light to load; from here only; and of use without a script.

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';

import { FLOOD, approve, draft, officersWithKeys, publish, submit, write } from './officers.mjs';
import { Person, Town } from './rig.mjs';

const MOST_BYTES = 100 * 1024;
const CITIZEN = ['/', '/inbox?pins=226001', '/archive', '/verify', '/manage', '/about', '/reach', '/privacy', '/accessibility', '/terms', '/offline'];

let town;
let officers;
/** Notices: published, approved, in review, frozen, being written. */
let ids;

before(async () => {
  town = await Town.start();
  officers = await officersWithKeys(town);
  const handedIn = async () => {
    const id = await write(officers.writing, FLOOD);
    await submit(officers.writing);
    return id;
  };
  const [published, approved, inReview] = [await handedIn(), await handedIn(), await handedIn()];
  await approve(officers.approving, published);
  await publish(officers.approving, published, 'Exercise');
  await approve(officers.approving, approved);
  ids = { published, approved, inReview, draft: await draft(officers.writing, { ...FLOOD, status: 'Actual' }) };
});

after(async () => {
  for (const person of Object.values(officers ?? {})) await person.browser.close();
  await town?.stop();
});

const verifying = () => `/verify?q=${encodeURIComponent(`${town.url}/notices/${ids.published}`)}`;
const citizenPages = () => [...CITIZEN, `/notices/${ids.published}`, verifying()];

/** Who sees which pages of the console. */
const consolePages = () => ({
  asha: ['/console', '/console/notices', '/console/notices/new', ...['edit', 'preview', 'sign'].map((page) => `/console/notices/${ids.draft}/${page}`)],
  meera: [...['published', 'approved', 'inReview'].map((state) => `/console/notices/${ids[state]}`), '/console/limits'],
  'up.admin': ['/console/keys', '/console/people', '/console/systems'],
  admin: ['/console', '/console/people', '/console/departments', '/console/operator'],
});

async function isAccessible(person, path, language) {
  await person.go(`${path}${path.includes('?') ? '&' : '?'}lang=${language}`);
  assert.equal(person.lastStatus, 200, path);
  assert.equal(await person.page.$eval('html', (html) => html.lang), language, path);
  return (await person.axe()).map((fault) => `${path} ${language}: ${fault}`);
}

for (const scheme of ['light', 'dark']) {
  for (const language of ['en', 'hi']) {
    test(`axe finds nothing serious: ${scheme}, ${language}`, () =>
      Person.visit(town, { scheme, language }, async (person) => {
        const found = [];
        for (const path of [...citizenPages(), '/console/sign-in']) found.push(...(await isAccessible(person, path, language)));
        for (const [name, paths] of Object.entries(consolePages())) {
          await person.signIn(name);
          for (const path of paths) found.push(...(await isAccessible(person, path, language)));
          await person.signOut();
        }
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
        assert.equal(person.lastStatus, 200, path);
        assert.ok(bytes > 1000, path);
        if (bytes > MOST_BYTES) heavy.push(`${path}: ${bytes}`);
      }
    };
    await weigh(citizenPages());
    for (const [name, paths] of Object.entries(consolePages())) {
      await person.signIn(name);
      await weigh(paths);
      await person.signOut();
    }
    assert.deepEqual(heavy, []);
  }));

test('without a script: choosing, reading, verifying', () =>
  Person.visit(town, { javascript: false }, async (person) => {
    await person.go('/');
    await person.type('#pins', '226001');
    await person.page.click('#subscribe .actions button');
    await person.page.waitForSelector('#inbox');
    assert.match(await person.content(), /Gomti/);
    await person.go(`/notices/${ids.published}`);
    assert.match(await person.content(), /higher ground/);
    await person.go(verifying());
    assert.match(await person.content(), /Gomti/);
  }));

for (const [width, height, name] of [[360, 800, 'narrow'], [1440, 900, 'wide']]) {
  test(`screens, ${name}`, () =>
    Person.visit(town, { width, height }, async (person) => {
      const shoot = async (title, path) => {
        await person.go(path);
        assert.equal(person.lastStatus, 200, path);
        await person.overflow(path);
        await person.screenshot(`${title}-${name}.png`);
      };
      await shoot('home', '/?lang=en');
      await shoot('home-hi', '/?lang=hi');
      await shoot('inbox', '/inbox?pins=226001&lang=en');
      await shoot('notice', `/notices/${ids.published}`);
      await shoot('notice-hi', `/notices/${ids.published}?lang=hi`);
      await shoot('archive', '/archive?lang=en');
      await shoot('verify', verifying());
      await person.signIn('asha');
      await shoot('compose', `/console/notices/${ids.draft}/edit`);
      await shoot('preview', `/console/notices/${ids.draft}/preview`);
      await person.signOut();
      await person.signIn('meera');
      await shoot('console', '/console');
      await shoot('review', `/console/notices/${ids.inReview}`);
      await shoot('publish', `/console/notices/${ids.approved}`);
      await shoot('progress', `/console/notices/${ids.published}`);
    }));
}
