// Decrypts the body of a web push (RFC 8291, `aes128gcm`) with npm `http_ece`, and writes the plaintext to standard output.
//
//     node decrypt.mjs <PUSH.json
//
// The JSON, on standard input, is that of `../decrypt_push.py`, the subscriber's side in base64url: `body`, `auth` (16 bytes) and
// `private_key` (the 32 bytes of the P-256 scalar, or PKCS#8 in DER). Exit status: 0 if it was decrypted, 1 if not.

import { createECDH, createPrivateKey } from 'node:crypto';

import ece from 'http_ece';

const SCALAR_BYTES = 32;

function scalarOf(key) {
  if (key.length === SCALAR_BYTES) return key;
  const { d } = createPrivateKey({ key, format: 'der', type: 'pkcs8' }).export({ format: 'jwk' });
  return Buffer.from(d, 'base64url');
}

const parts = [];
for await (const part of process.stdin) parts.push(part);
const push = JSON.parse(Buffer.concat(parts).toString('utf8'));
const privateKey = createECDH('prime256v1');
privateKey.setPrivateKey(scalarOf(Buffer.from(push.private_key, 'base64url')));
try {
  process.stdout.write(ece.decrypt(Buffer.from(push.body, 'base64url'), { version: 'aes128gcm', privateKey, authSecret: push.auth }));
} catch (error) {
  console.error(`bad: ${error.message}`);
  process.exitCode = 1;
}
