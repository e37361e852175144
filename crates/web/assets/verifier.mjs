// Decides whether a notice is what it claims to be, in the browser, with WebCrypto and nothing else. The rules, their order and the
// reasons are those of api-spec/vectors/README.md; the vectors there hold this file and the server's verifier to each other.
//
// No imports, and one export at the end: the server puts this file into /sw.js without that line.

const MAX_ENVELOPE = 272 * 1024;
const MAX_PAYLOAD = 64 * 1024;
const MAX_HEADER = 16 * 1024;
const MAX_DIRECTORY = 8 * 1024 * 1024;
const MAX_SIGNATURES = 8;
const MAX_SIGNATURE = 256;
const MAX_DEPTH = 32;
const CLOCK_SKEW = 60;
const MAX_SIGNATURE_AGE = 7 * 24 * 3600;

const NOTICE_HEADER = ['alg', 'iat', 'iss', 'kid', 'role', 'sub', 'typ', 'x5c', 'x5t#S256'];
const DIRECTORY_HEADER = ['alg', 'kid', 'typ'];
const KEY_MEMBERS = ['kid', 'jwk', 'subject', 'kind', 'department', 'roles', 'nbf', 'exp', 'revoked_at', 'revoked_reason'];
const STATUSES = ['Actual', 'Exercise', 'Test'];
const MSG_TYPES = ['Alert', 'Update', 'Cancel'];
const SEVERITIES = ['Extreme', 'Severe', 'Moderate', 'Minor', 'Unknown'];
const ROLES_OF = { officer: ['author', 'approver'], department: ['publisher'] };

const ES256 = { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' };
// Seconds since 1970 that a date with a year of four digits, before or after the beginning of our era, can name.
const FIRST_MOMENT = -377705116800;
const LAST_MOMENT = 253402300799;

const encoder = new TextEncoder();

/** The first rule that was broken: a code of api-spec/vectors/README.md. */
class Broken extends Error {
  constructor(reason, detail = '') {
    super(detail ? `${reason}: ${detail}` : reason);
    this.reason = reason;
  }
}

function must(holds, reason, detail) {
  if (!holds) throw new Broken(reason, detail);
}

// --- bytes and canonical JSON ---------------------------------------------------------------------------------------------------

/** @returns {string} base64url without padding (RFC 4648 §5) */
function toBase64url(bytes) {
  let text = '';
  for (let i = 0; i < bytes.length; i += 0x8000) text += String.fromCharCode(...bytes.subarray(i, i + 0x8000));
  return btoa(text).replaceAll('+', '-').replaceAll('/', '_').replaceAll('=', '');
}

/** @returns {Uint8Array|null} null for anything but base64url without padding and without stray bits */
function fromBase64url(text) {
  if (typeof text !== 'string' || !/^[A-Za-z0-9_-]*$/.test(text) || text.length % 4 === 1) return null;
  const bytes = Uint8Array.from(atob(text.replaceAll('-', '+').replaceAll('_', '/')), (letter) => letter.charCodeAt(0));
  return toBase64url(bytes) === text ? bytes : null;
}

/** @returns {string|null} null if the bytes are not UTF-8 */
function utf8(bytes) {
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    return null;
  }
}

/** Writes a value in the form of RFC 8785; numbers are integers within 2^53. @returns {string} */
function canonical(value, depth = MAX_DEPTH) {
  if (typeof value === 'number' && !Number.isSafeInteger(value)) throw new RangeError('not an integer');
  if (typeof value === 'string' && /\p{Surrogate}/u.test(value)) throw new RangeError('a lone surrogate');
  if (value === null || typeof value !== 'object') return JSON.stringify(value);
  if (depth === 0) throw new RangeError('too deep');
  if (Array.isArray(value)) return `[${value.map((item) => canonical(item, depth - 1)).join()}]`;
  const members = Object.keys(value).sort();
  return `{${members.map((name) => `${canonical(name)}:${canonical(value[name], depth - 1)}`).join()}}`;
}

/** Reads canonical JSON; there is no other spelling of it, so no member is there twice. @returns {unknown} undefined if it is not */
function readCanonical(bytes, limit) {
  const text = bytes.length <= limit ? utf8(bytes) : null;
  try {
    const value = JSON.parse(text);
    return text !== null && canonical(value) === text ? value : undefined;
  } catch {
    return undefined;
  }
}

function isObject(value) {
  return value !== null && typeof value === 'object' && !Array.isArray(value);
}

/** Whether an object has these members and no others. */
function hasOnly(value, required, optional = []) {
  if (!isObject(value)) return false;
  const names = Object.keys(value);
  return required.every((name) => names.includes(name)) && names.every((name) => required.includes(name) || optional.includes(name));
}

/** Reads JSON in which no object names a member twice; white space and order are free. @returns {unknown} undefined if it is not */
function readStrict(text) {
  try {
    const value = JSON.parse(text);
    // A member that is there twice makes the text longer than what it says.
    const blank = text.replace(/"[^"\\]*(?:\\.[^"\\]*)*"|\s+/g, (part) => (part.startsWith('"') ? JSON.stringify(JSON.parse(part)) : ''));
    return blank.length === JSON.stringify(value).length ? value : undefined;
  } catch {
    return undefined;
  }
}

/** Seconds since 1970 of `2026-01-31T08:00:00Z`; null for any other spelling. */
function moment(text) {
  if (typeof text !== 'string' || !/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/.test(text)) return null;
  const time = Date.parse(text);
  return Number.isNaN(time) || new Date(time).toISOString().replace('.000Z', 'Z') !== text ? null : time / 1000;
}

function isName(text) {
  return typeof text === 'string' && /^[A-Za-z0-9_-]{1,64}$/.test(text);
}

// --- signatures -----------------------------------------------------------------------------------------------------------------

/** A public P-256 key with its four members, if it is one and nothing else. @returns {JsonWebKey|null} */
function publicJwk(jwk) {
  const isKey = hasOnly(jwk, ['kty', 'crv', 'x', 'y']) && jwk.kty === 'EC' && jwk.crv === 'P-256';
  const isPoint = isKey && [jwk.x, jwk.y].every((part) => fromBase64url(part)?.length === 32);
  return isPoint ? { kty: 'EC', crv: 'P-256', x: jwk.x, y: jwk.y } : null;
}

/** The key for WebCrypto; null if it is no point of the curve. @returns {Promise<CryptoKey|null>} */
async function importPublic(jwk) {
  try {
    return await crypto.subtle.importKey('jwk', publicJwk(jwk), ES256, false, ['verify']);
  } catch {
    return null;
  }
}

async function isSignedBy(jwk, signature, signingInput) {
  const key = signature.length === 64 ? await importPublic(jwk) : null;
  return key !== null && crypto.subtle.verify(ES256, key, signature, encoder.encode(signingInput));
}

/** Reads a protected header that may have only these members, with ES256 and this `typ`. */
function readHeader(bytes, allowed, typ) {
  const header = readCanonical(bytes, MAX_HEADER);
  must(header !== undefined, 'header_not_canonical');
  must(isObject(header), 'header');
  const other = Object.keys(header).find((name) => !allowed.includes(name));
  must(other === undefined, 'header_member', other);
  must(header.alg === 'ES256', 'algorithm');
  must(header.typ === typ, 'type');
  return header;
}

// --- the key directory ----------------------------------------------------------------------------------------------------------

/**
 * Reads an edition of the key directory and verifies it with the pinned root key.
 * @param {string} text the exact text of /.well-known/munadi/keys.jws
 * @param {JsonWebKey} root
 * @returns {Promise<object>} the edition; throws `Broken` with the reason `directory`
 */
async function verifyDirectory(text, root) {
  try {
    must(text.length <= MAX_DIRECTORY, 'directory', 'too large');
    const jws = readStrict(text);
    must(hasOnly(jws, ['payload', 'protected', 'signature']), 'directory', 'not a JWS');
    const [payload, header, signature] = [jws.payload, jws.protected, jws.signature].map(fromBase64url);
    must(payload && header && signature, 'directory', 'not base64url');
    must(isName(readHeader(header, DIRECTORY_HEADER, 'munadi-keys+jws').kid), 'directory', 'no kid');
    must(await isSignedBy(root, signature, `${jws.protected}.${jws.payload}`), 'directory', 'not signed by the root key');
    const edition = readCanonical(payload, (MAX_DIRECTORY / 4) * 3);
    checkEdition(edition);
    const keys = await Promise.all(edition.keys.map((key) => importPublic(key.jwk)));
    must(keys.every(Boolean), 'directory', 'a key is no point of P-256');
    return edition;
  } catch (error) {
    throw error instanceof Broken ? new Broken('directory', error.message) : error;
  }
}

function checkEdition(edition) {
  must(hasOnly(edition, ['edition', 'issued', 'issuer', 'keys']), 'payload', 'not an edition');
  must(Number.isSafeInteger(edition.edition) && edition.edition >= 0, 'payload', 'no number');
  must(moment(edition.issued) !== null, 'payload', 'no time');
  must(typeof edition.issuer === 'string' && edition.issuer.length > 0 && [...edition.issuer].length <= 200, 'payload', 'no issuer');
  must(Array.isArray(edition.keys), 'payload', 'no keys');
  const seen = new Set();
  for (const key of edition.keys) {
    checkKey(key);
    for (const name of [`kid ${key.kid}`, `point ${key.jwk.x} ${key.jwk.y}`]) {
      must(!seen.has(name), 'payload', `${key.kid} is there twice`);
      seen.add(name);
    }
  }
}

function checkKey(key) {
  must(hasOnly(key, KEY_MEMBERS.slice(0, 8), KEY_MEMBERS.slice(8)), 'payload', 'a key has other members');
  must([key.kid, key.subject, key.department].every(isName) && publicJwk(key.jwk), 'payload', 'a key without a name');
  const allowed = ROLES_OF[key.kind];
  must(allowed && (key.kind === 'department') === (key.subject === key.department), 'payload', `${key.kid} is nobody's`);
  const roles = Array.isArray(key.roles) ? key.roles : [];
  must(roles.length > 0 && new Set(roles).size === roles.length, 'payload', `${key.kid} has no role or one twice`);
  must(roles.every((role) => allowed.includes(role)), 'payload', `${key.kid} has another's role`);
  must(moment(key.nbf) !== null && moment(key.exp) > moment(key.nbf), 'payload', `${key.kid} is never valid`);
  must(isAbsent(key.revoked_at) || moment(key.revoked_at) !== null, 'payload', `${key.kid} is revoked at no time`);
  must(isAbsent(key.revoked_reason) || isReason(key), 'payload', `${key.kid} has a reason without a revocation`);
}

function isAbsent(member) {
  return member === undefined || member === null;
}

function isReason(key) {
  return !isAbsent(key.revoked_at) && typeof key.revoked_reason === 'string' && [...key.revoked_reason].length <= 200;
}

/**
 * Whether a client that has seen `previous` may take `next`: nothing that was known changes, and nothing is taken back.
 * @returns {boolean}
 */
function isSuccessor(next, previous) {
  if (next.edition === previous.edition) return canonical(next) === canonical(previous);
  if (next.edition < previous.edition || next.issuer !== previous.issuer) return false;
  if (moment(next.issued) < moment(previous.issued)) return false;
  const later = new Map(next.keys.map((key) => [key.kid, key]));
  return previous.keys.every((key) => later.has(key.kid) && agrees(key, later.get(key.kid)));
}

function agrees(old, later) {
  const same = ['subject', 'kind', 'department', 'nbf'].every((name) => old[name] === later[name]);
  const sameKey = canonical(publicJwk(old.jwk)) === canonical(publicJwk(later.jwk));
  const stays = isAbsent(old.revoked_at) || (!isAbsent(later.revoked_at) && moment(later.revoked_at) <= moment(old.revoked_at));
  return same && sameKey && stays && old.roles.every((role) => later.roles.includes(role));
}

// --- the notice -----------------------------------------------------------------------------------------------------------------

function readEnvelope(text) {
  must(encoder.encode(text).length <= MAX_ENVELOPE, 'malformed', 'too large');
  const envelope = readStrict(text);
  must(hasOnly(envelope, ['payload', 'signatures']) && Array.isArray(envelope.signatures), 'malformed');
  must(envelope.signatures.length >= 1 && envelope.signatures.length <= MAX_SIGNATURES, 'malformed', 'number of signatures');
  const payload = fromBase64url(envelope.payload);
  const signatures = envelope.signatures.map((one) => {
    must(hasOnly(one, ['protected', 'signature']), 'malformed');
    const [header, signature] = [fromBase64url(one.protected), fromBase64url(one.signature)];
    must(header && signature && header.length <= MAX_HEADER && signature.length <= MAX_SIGNATURE, 'malformed');
    return { header, signature, input: `${one.protected}.${envelope.payload}` };
  });
  must(payload, 'malformed');
  return { payload, signatures };
}

function readNotice(bytes) {
  const notice = readCanonical(bytes, MAX_PAYLOAD);
  must(notice !== undefined, 'payload_not_canonical');
  const hasWords = isObject(notice) && typeof notice.id === 'string' && typeof notice.department === 'string';
  must(hasWords && Number.isSafeInteger(notice.seq) && notice.seq >= 0, 'payload');
  must(STATUSES.includes(notice.status) && MSG_TYPES.includes(notice.msg_type) && SEVERITIES.includes(notice.severity), 'payload');
  must(moment(notice.sent) !== null && moment(notice.expires) !== null, 'payload');
  return notice;
}

async function checkCertificates(header) {
  const { x5c, 'x5t#S256': digest } = header;
  if (isAbsent(x5c) && isAbsent(digest)) return;
  must(Array.isArray(x5c) && x5c.length >= 1 && x5c.length <= 5 && typeof digest === 'string', 'header');
  const der = x5c.map((text) => (typeof text === 'string' ? fromBase64(text) : null));
  must(der.every(Boolean), 'header');
  const hash = new Uint8Array(await crypto.subtle.digest('SHA-256', der[0]));
  must(toBase64url(hash) === digest, 'header');
}

function fromBase64(text) {
  const unpadded = text.replace(/={1,2}$/, '');
  if (text.length % 4 !== 0) return null;
  return /[-_]/.test(unpadded) ? null : fromBase64url(unpadded.replaceAll('+', '-').replaceAll('/', '_'));
}

function isMoment(seconds) {
  return Number.isSafeInteger(seconds) && seconds >= FIRST_MOMENT && seconds <= LAST_MOMENT;
}

async function readSigner(one) {
  const header = readHeader(one.header, NOTICE_HEADER, 'notice+jws');
  const hasWords = ['iss', 'sub'].every((name) => typeof header[name] === 'string') && isName(header.kid);
  const hasRole = ['author', 'approver', 'publisher'].includes(header.role);
  must(hasWords && hasRole && isMoment(header.iat), 'header');
  await checkCertificates(header);
  return header;
}

async function verifySignature(one, notice, directory, now) {
  const header = await readSigner(one);
  must(header.iss === directory.issuer, 'issuer');
  const key = directory.keys.find((candidate) => candidate.kid === header.kid);
  must(key, 'unknown_key', header.kid);
  must(await isSignedBy(key.jwk, one.signature, one.input), 'signature', header.kid);
  must(key.subject === header.sub, 'subject', header.kid);
  must(key.department === notice.department, 'department', header.kid);
  must(key.roles.includes(header.role), 'role', header.kid);
  must(header.iat >= moment(key.nbf), 'key_not_yet_valid', header.kid);
  must(header.iat < moment(key.exp), 'key_expired', header.kid);
  must(isAbsent(key.revoked_at) || header.iat < moment(key.revoked_at), 'key_revoked', header.kid);
  must(header.iat - now <= CLOCK_SKEW, 'signed_in_future', header.kid);
  must(moment(notice.sent) - header.iat <= MAX_SIGNATURE_AGE, 'signed_too_early', header.kid);
  return { kid: header.kid, role: header.role, subject: header.sub, signedAt: header.iat };
}

function checkTogether(notice, signers) {
  const officers = signers.filter((signer) => signer.role !== 'publisher');
  const count = (role) => signers.filter((signer) => signer.role === role).length;
  must(new Set(signers.map((signer) => signer.kid)).size === signers.length, 'same_key');
  must(new Set(officers.map((signer) => signer.subject)).size === officers.length, 'same_officer');
  must(count('author') > 0, 'no_author');
  if (notice.msg_type !== 'Cancel') {
    must(count('approver') > 0, 'no_approver');
    must(notice.severity !== 'Extreme' || count('approver') > 1, 'one_approver');
  }
  must(count('publisher') === 1, 'publisher');
}

/**
 * Verifies a notice with an edition of the key directory that is known to be good.
 * @param {string} text the exact text of the notice (/notices/{id}.jws)
 * @param {object} directory what `verifyDirectory` gave
 * @param {number} now seconds since 1970
 * @returns {Promise<{verdict: 'official'|'over'|'not_official', reason?: string, notice?: object, signers?: object[]}>}
 */
async function verifyNotice(text, directory, now) {
  try {
    const { payload, signatures } = readEnvelope(text);
    const notice = readNotice(payload);
    const signers = [];
    for (const one of signatures) signers.push(await verifySignature(one, notice, directory, now));
    checkTogether(notice, signers);
    if (now >= moment(notice.expires)) return { verdict: 'over', reason: 'expired', notice, signers };
    return { verdict: 'official', notice, signers };
  } catch (error) {
    if (error instanceof Broken) return { verdict: 'not_official', reason: error.reason };
    throw error;
  }
}

/** Verifies everything from the texts on: the directory with the pinned root key, then the notice. Shapes as in `verifyNotice`. */
async function verifyFromRoot(text, directoryText, root, now) {
  try {
    return await verifyNotice(text, await verifyDirectory(directoryText, root), now);
  } catch (error) {
    if (error instanceof Broken) return { verdict: 'not_official', reason: error.reason };
    throw error;
  }
}

export { Broken, canonical, fromBase64url, isSuccessor, moment, publicJwk, toBase64url, verifyDirectory, verifyFromRoot, verifyNotice };
