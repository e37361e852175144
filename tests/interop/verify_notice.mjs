// Checks every signature of a notice with npm `jose`, and the payload's form with npm `canonicalize`.
//
//     node verify_notice.mjs ENVELOPE.json DIRECTORY.json ROOT.jwk.json
//
// Exit status: 0 if all is good, 1 if anything is not, 2 if the arguments are wrong. This knows JOSE and RFC 8785, not Munadi's own
// rules: who must sign, in which role and when.

import { readFile } from 'node:fs/promises';

import canonicalize from 'canonicalize';
import { flattenedVerify, importJWK } from 'jose';

const strict = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

async function readJson(file) {
  return JSON.parse(await readFile(file, 'utf8'));
}

async function verify({ payload, protected: header, signature }, jwk, typ) {
  const key = await importJWK(jwk, 'ES256');
  const verified = await flattenedVerify({ payload, protected: header, signature }, key, { algorithms: ['ES256'] });
  if (verified.protectedHeader.typ !== typ) {
    throw new Error(`typ is ${verified.protectedHeader.typ}, not ${typ}`);
  }
  return verified;
}

function canonicalPayload(bytes) {
  const text = strict.decode(bytes);
  const value = JSON.parse(text);
  if (canonicalize(value) !== text) {
    throw new Error('the payload is not in the form of RFC 8785');
  }
  return value;
}

function kidOf(signature) {
  return JSON.parse(Buffer.from(signature.protected, 'base64url')).kid;
}

async function main([envelopeFile, directoryFile, rootFile]) {
  const [envelope, signedDirectory, root] = await Promise.all([envelopeFile, directoryFile, rootFile].map(readJson));
  const { payload: directoryBytes } = await verify(signedDirectory, root, 'munadi-keys+jws');
  const directory = canonicalPayload(directoryBytes);
  if (envelope.signatures.length === 0) {
    throw new Error('there is no signature');
  }
  for (const signature of envelope.signatures) {
    const entry = directory.keys.find((key) => key.kid === kidOf(signature));
    if (!entry) {
      throw new Error(`the key ${kidOf(signature)} is not in the directory`);
    }
    const verified = await verify({ ...signature, payload: envelope.payload }, entry.jwk, 'notice+jws');
    canonicalPayload(verified.payload);
    console.log(`good: ${verified.protectedHeader.role} ${verified.protectedHeader.kid}`);
  }
}

const files = process.argv.slice(2);
if (files.length !== 3) {
  console.error('usage: node verify_notice.mjs ENVELOPE.json DIRECTORY.json ROOT.jwk.json');
  process.exit(2);
}
main(files).catch((error) => {
  console.error(`bad: ${error.message}`);
  process.exit(1);
});
