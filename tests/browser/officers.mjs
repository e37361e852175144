// What officers do in the console, each in front of a browser of their own, until a notice is out.

import assert from 'node:assert/strict';

import { Person } from './rig.mjs';

/** The wall clock of India in `hours`, as a field for a date and a time has it. */
function indianTime(hours) {
  return new Date(Date.now() + (hours + 5.5) * 3_600_000).toISOString().slice(0, 16);
}

export const FLOOD = {
  status: 'Exercise',
  topic: 'flood',
  category: 'Met',
  severity: 'Severe',
  urgency: 'Immediate',
  certainty: 'Observed',
  // Uttar Pradesh by its LGD code, so that the demonstration has phones there.
  state: '9',
  pins: '226001 226010',
  description: 'Uttar Pradesh, along the Gomti',
  texts: {
    en: ['The Gomti will flood by evening', 'The river rises by 20 cm an hour. Low-lying streets will be under water by 6 pm.', 'Go to higher ground now. Take medicines, papers and drinking water.'],
    hi: ['शाम तक गोमती में बाढ़', 'नदी हर घंटे 20 सेमी बढ़ रही है। शाम 6 बजे तक निचली सड़कों पर पानी होगा।', 'अभी ऊँची जगह जाएँ। दवा, काग़ज़ात और पीने का पानी साथ रखें।'],
  },
};

/** An author and an approver whose browsers have signing keys that their admin has confirmed. */
export async function officersWithKeys(town, author = 'asha', approver = 'meera', admin = 'up.admin') {
  const [writing, approving] = await Promise.all([author, approver].map((name) => signedIn(town, name)));
  for (const officer of [writing, approving]) {
    await officer.go('/console/keys');
    await officer.press('form[data-enroll] button');
    assert.match(officer.path(), /^\/console\/keys/, await officer.text());
  }
  await Person.visit(town, {}, async (person) => {
    await person.signIn(admin);
    for (let waiting = 2; waiting > 0; waiting -= 1) {
      await person.go('/console/keys');
      await person.press('form[action$="/confirm"] button');
    }
  });
  return { writing, approving };
}

async function signedIn(town, name) {
  const person = await Person.arrive(town);
  await person.signIn(name);
  return person;
}

/** Writes a notice, and goes on to the page on which it is signed. @returns {Promise<string>} its id */
export async function write(person, notice) {
  await fillIn(person, notice);
  await person.press('button[name="do"][value="sign"]');
  assert.match(person.path(), /\/sign$/, await person.text());
  return idIn(person.path());
}

/** Writes a notice and leaves it as a draft. @returns {Promise<string>} its id */
export async function draft(person, notice) {
  await fillIn(person, notice);
  await person.press('.save-bar button[name="do"][value="save"]');
  return idIn(person.path());
}

const idIn = (path) => /ntc_[0-9a-z]{26}/.exec(path)?.[0];

async function fillIn(person, notice) {
  await person.go('/console/notices/new');
  await person.page.click(`label[for="status-${notice.status}"]`);
  for (const tag of Object.keys(notice.texts)) await person.needLanguage(tag);
  await person.page.select('#browse', notice.state);
  await person.press('#browse + button');
  await person.page.click(`label[for="state-${notice.state}"]`);
  for (const [tag, [headline, body, instruction]] of Object.entries(notice.texts)) {
    const index = await person.languageIndex(tag);
    await person.fill(`#headline-${index}`, headline);
    await person.fill(`#body-${index}`, body);
    await person.fill(`#instruction-${index}`, instruction);
  }
  for (const name of ['topic', 'category', 'severity', 'urgency', 'certainty']) await person.page.select(`#${name}`, notice[name]);
  await person.fill('#pins', notice.pins);
  await person.fill('#description', notice.description);
  await person.fill('#expires', indianTime(6));
}

/** Signs on the author's device and hands in. */
export async function submit(person) {
  if (await person.page.$('form[action$="/freeze"]')) await person.press('form[action$="/freeze"] button');
  await person.press('form[data-sign] button');
  assert.match(person.path(), /^\/console\/notices\/ntc_[0-9a-z]{26}/, await person.text());
}

/** Reads each language, and signs on the approver's device. */
export async function approve(person, id) {
  await person.go(`/console/notices/${id}`);
  for (const box of await person.page.$$('input[name="languages"]')) await box.click();
  await person.press('form[action$="/languages"] button');
  await person.press('form[data-sign] button');
}

export async function publish(person, id, word) {
  await person.go(`/console/notices/${id}`);
  await person.fill('#word', word);
  await person.press('form[action$="/publish"] button');
}
