// What an officer's browser signs is what the verifier accepts.

import assert from 'node:assert/strict';
import { test } from 'node:test';

import { enrolmentProof, makeKey, signNotice, thumbprint } from '../../../crates/web/assets/sign.mjs';
import { canonical, fromBase64url, toBase64url, verifyNotice } from '../../../crates/web/assets/verifier.mjs';

const NOW = 1_790_000_000;
const text = (value) => toBase64url(new TextEncoder().encode(canonical(value)));

async function directory() {
  const keys = [];
  const entries = [];
  for (const [subject, kind, roles] of [['ofc_a', 'officer', ['author']], ['ofc_b', 'officer', ['approver']], ['dep_x', 'department', ['publisher']]]) {
    const key = await makeKey();
    keys.push(key);
    entries.push({ kid: `key_${subject}`, jwk: key.jwk, subject, kind, department: 'dep_x', roles, nbf: '2026-01-01T00:00:00Z', exp: '2029-01-01T00:00:00Z' });
  }
  return { keys, edition: { edition: 1, issued: '2026-01-01T00:00:00Z', issuer: 'test', keys: entries } };
}

const notice = { id: 'ntc_1', seq: 1, department: 'dep_x', status: 'Actual', msg_type: 'Alert', severity: 'Severe', sent: '2026-09-21T14:13:20Z', expires: '2026-09-22T14:13:20Z' };

async function signed(keys, payload, roles = ['author', 'approver', 'publisher']) {
  const subjects = ['ofc_a', 'ofc_b', 'dep_x'];
  const signatures = [];
  for (const [index, role] of roles.entries()) {
    const sub = subjects[index];
    signatures.push(await signNotice(keys[index].pair, { payload, iss: 'test', kid: `key_${sub}`, role, sub, iat: NOW }));
  }
  return JSON.stringify({ payload, signatures });
}

test('a notice that three have signed is official', async () => {
  const { keys, edition } = await directory();
  const envelope = await signed(keys, text(notice));
  assert.equal((await verifyNotice(envelope, edition, NOW)).verdict, 'official');
});

test('a key signs in its own roles only', async () => {
  const { keys, edition } = await directory();
  const envelope = await signed(keys, text(notice), ['author', 'author', 'publisher']);
  assert.deepEqual(await verifyNotice(envelope, edition, NOW), { verdict: 'not_official', reason: 'role' });
});

test('the private half cannot be read', async () => {
  const { pair, jwk } = await makeKey();
  assert.equal(pair.privateKey.extractable, false);
  await assert.rejects(crypto.subtle.exportKey('jwk', pair.privateKey));
  assert.deepEqual(Object.keys(jwk).sort(), ['crv', 'kty', 'x', 'y']);
});

test('a proof names the officer, the time and the key', async () => {
  const key = await makeKey();
  const [header, payload, signature] = (await enrolmentProof(key, 'ofc_a', NOW)).split('.');
  const read = (part) => new TextDecoder().decode(fromBase64url(part));
  assert.equal(read(header), '{"alg":"ES256","typ":"munadi-enrol+jws"}');
  assert.equal(read(payload), `{"iat":${NOW},"officer":"ofc_a","thumbprint":"${key.thumbprint}"}`);
  assert.equal(fromBase64url(signature).length, 64);
});

test('the thumbprint is that of RFC 7638', async () => {
  // Made with npm `jose`, calculateJwkThumbprint.
  const jwk = { kty: 'EC', crv: 'P-256', x: 'f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU', y: 'x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0' };
  assert.equal(await thumbprint(jwk), 'oKIywvGUpTVTyxMQ3bwIIeQUudfr_CkLMjCE19ECD-U');
});
