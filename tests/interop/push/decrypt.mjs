// Decrypts what a user agent got (RFC 8291, `aes128gcm`) with npm `http_ece`, and writes the plaintext to standard output.
//
//     node decrypt.mjs <PUSH.json
//
// The JSON, on standard input, has the subscriber's side in base64url: `data` as it stands in the notification, `auth`, and the key pair
// as `private_key` (the scalar's 32 bytes). Exit status: 0 if it was decrypted, 1 if not.

import { createECDH } from 'node:crypto';

import ece from 'http_ece';

const parts = [];
for await (const part of process.stdin) parts.push(part);
const push = JSON.parse(Buffer.concat(parts).toString('utf8'));
const privateKey = createECDH('prime256v1');
privateKey.setPrivateKey(Buffer.from(push.private_key, 'base64url'));
try {
  process.stdout.write(ece.decrypt(Buffer.from(push.data, 'base64url'), { version: 'aes128gcm', privateKey, authSecret: push.auth }));
} catch (error) {
  console.error(`bad: ${error.message}`);
  process.exitCode = 1;
}
