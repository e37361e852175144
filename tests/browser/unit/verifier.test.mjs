// The browser's verifier against the vectors that the server's verifier is held to.

import assert from 'node:assert/strict';
import { readFileSync, readdirSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';

import { canonical, fromBase64url, isSuccessor, moment, toBase64url, verifyDirectory, verifyFromRoot } from '../../../crates/web/assets/verifier.mjs';

const vectors = join(dirname(fileURLToPath(import.meta.url)), '../../../api-spec/vectors');
const read = (...path) => readFileSync(join(vectors, ...path), 'utf8');

for (const name of readdirSync(join(vectors, 'notice'))) {
  test(`notice/${name}`, async () => {
    const vector = JSON.parse(read('notice', name));
    const directory = read('notice', vector.directory);
    const { verdict, reason } = await verifyFromRoot(vector.envelope, directory, vector.root, moment(vector.now));
    assert.deepEqual({ verdict, ...(reason && { reason }) }, vector.expected, vector.description);
  });
}

for (const name of readdirSync(join(vectors, 'directory'))) {
  test(`directory/${name}`, async () => {
    const { previous, next, root, expected } = JSON.parse(read('directory', name));
    const editions = Promise.all([verifyDirectory(next, root), verifyDirectory(previous, root)]);
    const accepted = await editions.then(([later, earlier]) => isSuccessor(later, earlier), () => false);
    assert.equal(accepted ? 'accepted' : 'refused', expected);
  });
}

test('every single changed bit makes an official notice not official', async () => {
  const vector = JSON.parse(read('notice', 'alert.json'));
  const directory = read('notice', vector.directory);
  const envelope = JSON.parse(vector.envelope);
  const now = moment(vector.now);
  const changed = (text, bit) => {
    const bytes = fromBase64url(text);
    bytes[bit >> 3] ^= 1 << (bit & 7);
    return toBase64url(bytes);
  };
  const places = [
    [envelope, 'payload'],
    ...envelope.signatures.flatMap((signature) => [[signature, 'protected'], [signature, 'signature']]),
  ];
  for (const [owner, name] of places) {
    const good = owner[name];
    const bits = fromBase64url(good).length * 8;
    // About 60 bits of each part, spread over all of it.
    for (let bit = 0; bit < bits; bit += Math.max(1, Math.floor(bits / 60) | 1)) {
      owner[name] = changed(good, bit);
      const { verdict } = await verifyFromRoot(JSON.stringify(envelope), directory, vector.root, now);
      assert.equal(verdict, 'not_official', `${name}, bit ${bit}`);
    }
    owner[name] = good;
  }
});

test('canonical JSON is that of the vectors', () => {
  const { canonical: good, not_canonical: bad, pairs } = JSON.parse(read('canonical.json'));
  const is = (text) => {
    try {
      return canonical(JSON.parse(text)) === text;
    } catch {
      return false;
    }
  };
  assert.ok(good.length > 5 && bad.length > 5);
  for (const entry of good) assert.ok(is(entry), entry);
  for (const entry of bad) assert.ok(!is(entry), entry);
  for (const [text, written] of pairs.map(Object.values)) assert.equal(canonical(JSON.parse(text)), written);
});
