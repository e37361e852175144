// An officer's signing key lives in this browser and never leaves it. This enhances two kinds of forms: `form[data-enroll]` hands in
// the public key with a proof, `form[data-sign]` signs what was frozen. See the templates in templates/console.
import { canonical, fromBase64url, publicJwk, toBase64url } from './verifier.mjs';
import { keepOfficerKey, officerKey } from './store.mjs';

const ALGORITHM = { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' };
const encoder = new TextEncoder();
const textBase64url = (text) => toBase64url(encoder.encode(text));
const nowInSeconds = () => Math.floor(Date.now() / 1000);

/** RFC 7638. */
async function thumbprint(jwk) {
  const { crv, kty, x, y } = jwk;
  const digest = await crypto.subtle.digest('SHA-256', encoder.encode(JSON.stringify({ crv, kty, x, y })));
  return toBase64url(new Uint8Array(digest));
}

/** A new key pair; the private half cannot be read out. @returns {Promise<{pair: CryptoKeyPair, jwk: JsonWebKey, thumbprint: string}>} */
async function makeKey() {
  const pair = await crypto.subtle.generateKey(ALGORITHM, false, ['sign', 'verify']);
  const jwk = publicJwk(pick(await crypto.subtle.exportKey('jwk', pair.publicKey)));
  return { pair, jwk, thumbprint: await thumbprint(jwk) };
}

const pick = ({ kty, crv, x, y }) => ({ kty, crv, x, y });

/** r‖s over `header.payload`, all in base64url. */
async function signParts(pair, header, payload) {
  const signature = await crypto.subtle.sign(ALGORITHM, pair.privateKey, encoder.encode(`${header}.${payload}`));
  return toBase64url(new Uint8Array(signature));
}

/** The proof that this key is this officer's: a compact JWS. */
async function enrolmentProof(key, officer, iat) {
  const header = textBase64url('{"alg":"ES256","typ":"munadi-enrol+jws"}');
  const payload = textBase64url(canonical({ iat, officer, thumbprint: key.thumbprint }));
  return `${header}.${payload}.${await signParts(key.pair, header, payload)}`;
}

/** Signs frozen bytes. @returns {Promise<{protected: string, signature: string}>} */
async function signNotice(pair, { payload, iss, kid, role, sub, iat }) {
  const header = textBase64url(canonical({ alg: 'ES256', iat, iss, kid, role, sub, typ: 'notice+jws' }));
  if (!fromBase64url(payload)) throw new TypeError('the notice is not in base64url');
  return { protected: header, signature: await signParts(pair, header, payload) };
}

function say(form, text) {
  const status = form.querySelector('[data-status]');
  if (status) status.textContent = text ?? '';
}

/** Runs `work` once for a submitted form, then submits it for real. */
function enhance(form, work) {
  const button = form.querySelector('button[type="submit"], button:not([type])');
  form.addEventListener('submit', async (event) => {
    event.preventDefault();
    if (button?.disabled) return;
    if (button) button.disabled = true;
    say(form, form.dataset.textWorking);
    try {
      await work();
      form.submit();
    } catch (error) {
      say(form, error instanceof NoKey ? form.dataset.textNoKey : (form.dataset.textFailed ?? form.dataset.textUnsupported));
      if (button) button.disabled = false;
    }
  });
}

class NoKey extends Error {}

async function enroll(form) {
  const { officer } = form.dataset;
  const key = await makeKey();
  form.elements.proof.value = await enrolmentProof(key, officer, nowInSeconds());
  form.elements.jwk.value = JSON.stringify(key.jwk);
  // Kept before it is handed in: a key that the server knows and this browser does not is of no use.
  await keepOfficerKey(officer, { pair: key.pair, thumbprint: key.thumbprint });
}

async function sign(form) {
  const { officer, issuer, role, payload, keys } = form.dataset;
  const own = await officerKey(officer);
  const confirmed = own && JSON.parse(keys).find((key) => key.thumbprint === own.thumbprint);
  if (!confirmed) throw new NoKey();
  const signed = await signNotice(own.pair, { payload, iss: issuer, kid: confirmed.kid, role, sub: officer, iat: nowInSeconds() });
  form.elements.protected.value = signed.protected;
  form.elements.signature.value = signed.signature;
}

async function markThisDevice(element) {
  const own = await officerKey(element.dataset.officer);
  if (own && own.thumbprint === element.dataset.thumbprint) element.textContent = element.dataset.textThis;
}

function start() {
  document.querySelectorAll('form[data-enroll]').forEach((form) => enhance(form, () => enroll(form)));
  document.querySelectorAll('form[data-sign]').forEach((form) => enhance(form, () => sign(form)));
  document.querySelectorAll('[data-this-device]').forEach((element) => void markThisDevice(element).catch(() => undefined));
}

if (typeof document !== 'undefined') start();

export { enrolmentProof, makeKey, signNotice, thumbprint };
