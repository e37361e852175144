// A small server in Munadi's place, for tests that must lie: it serves the real scripts, and notices that are signed here, altered at
// will, late or not at all.

import { readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

import { makeKey, signNotice } from '../../crates/web/assets/sign.mjs';
import { canonical, toBase64url } from '../../crates/web/assets/verifier.mjs';

const assets = join(dirname(fileURLToPath(import.meta.url)), '../../crates/web/assets');
const POLICY =
  "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; manifest-src 'self'; worker-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'";
const WORKER_POLICY = "default-src 'none'; connect-src 'self'";
const TEXTS = {
  en: { exercise: 'EXERCISE', test: 'TEST', withdrawn: 'Taken back', official: 'Official', title: 'Something came', unchecked: 'Open to read', refused_title: 'Not ours', refused: 'Not proved', over_title: 'Earlier', over: 'Over' },
  hi: { exercise: 'अभ्यास', test: 'परीक्षण', withdrawn: 'वापस', official: 'असली', title: 'कुछ आया', unchecked: 'खोलें', refused_title: 'हमारी नहीं', refused: 'प्रमाण नहीं', over_title: 'पुरानी', over: 'समाप्त' },
};

const bytes = (text) => new TextEncoder().encode(text);
const encode = (value) => toBase64url(bytes(canonical(value)));
const moment = (seconds) => new Date(Math.floor(seconds) * 1000).toISOString().replace('.000Z', 'Z');
const now = () => Math.floor(Date.now() / 1000);

/** The id of the notice with that number. */
export const noticeId = (number) => `ntc_${String(number).padStart(26, '0')}`;

/** Changes one bit of something in base64url. */
export function flipped(text, bit = 100) {
  const raw = Buffer.from(text, 'base64url');
  raw[bit >> 3] ^= 1 << (bit & 7);
  return raw.toString('base64url');
}

async function signer(subject, kind, roles) {
  const key = await makeKey();
  const dates = { nbf: '2020-01-01T00:00:00Z', exp: '2099-01-01T00:00:00Z' };
  return { key, entry: { kid: `key_${subject}`, jwk: key.jwk, subject, kind, department: 'dep_x', roles, ...dates } };
}

export class Stand {
  static async open() {
    const stand = new Stand();
    stand.root = await makeKey();
    stand.signers = await Promise.all([signer('ofc_a', 'officer', ['author']), signer('ofc_b', 'officer', ['approver']), signer('dep_x', 'department', ['publisher'])]);
    stand.directory = await stand.signDirectory(1);
    stand.version = '1';
    /** What is served as /notices/{id}.jws. */
    stand.notices = new Map();
    stand.inbox = { notices: [], position: 0, reset: false };
    /** What was asked for, and what is answered in place of the usual: (path) => Response-like, or a promise of one. */
    stand.asked = [];
    stand.instead = () => undefined;
    await stand.listen();
    return stand;
  }

  async listen(port = 0) {
    this.server = createServer((request, response) => void this.#answer(request, response));
    await new Promise((resolve) => this.server.listen(port, '127.0.0.1', resolve));
    this.url = `http://localhost:${this.server.address().port}`;
  }

  close() {
    this.server.closeAllConnections();
    return new Promise((resolve) => this.server.close(resolve));
  }

  /** The key directory's text; its edition is signed by the root key, or by another one. */
  async signDirectory(edition, root = this.root) {
    const payload = encode({ edition, issued: '2026-01-01T00:00:00Z', issuer: 'stand', keys: this.signers.map(({ entry }) => entry) });
    const header = encode({ alg: 'ES256', kid: 'root', typ: 'munadi-keys+jws' });
    const algorithm = { name: 'ECDSA', hash: 'SHA-256' };
    const signature = await crypto.subtle.sign(algorithm, root.pair.privateKey, bytes(`${header}.${payload}`));
    return JSON.stringify({ payload, protected: header, signature: toBase64url(new Uint8Array(signature)) });
  }

  /** Signs a notice by all three and serves it. @returns {Promise<object>} the envelope */
  async publish(number, more = {}) {
    const id = noticeId(number);
    const payload = encode({
      id, seq: number, department: 'dep_x', status: 'Actual', msg_type: 'Alert', severity: 'Severe', references: [],
      sent: moment(now() - 5), expires: moment(now() + 3600),
      languages: [
        { lang: 'en-IN', headline: `Flood ${number}`, body: 'The river rises.', instruction: 'Go uphill.' },
        { lang: 'hi-IN', headline: `बाढ़ ${number}`, body: 'नदी चढ़ रही है।', instruction: 'ऊपर जाएँ।' },
        { lang: 'ur', headline: `سیلاب ${number}`, body: 'دریا چڑھ رہا ہے', instruction: 'اوپر جائیں' },
      ],
      ...more,
    });
    const signatures = [];
    for (const { key, entry } of this.signers) {
      const header = { payload, iss: 'stand', kid: entry.kid, role: entry.roles[0], sub: entry.subject, iat: now() - 1 };
      signatures.push(await signNotice(key.pair, header));
    }
    const envelope = { payload, signatures };
    this.notices.set(id, JSON.stringify(envelope));
    return envelope;
  }

  async #answer(request, response) {
    const path = request.url;
    this.asked.push(path);
    const answer = (await this.instead(path)) ?? this.#usual(path.split('?')[0]);
    const { status = 200, type = 'text/plain', body = '', policy = POLICY } = answer;
    response.writeHead(status, { 'content-type': `${type}; charset=utf-8`, 'content-security-policy': policy, 'cache-control': 'no-cache' });
    response.end(body);
  }

  #usual(path) {
    const asset = /^\/assets\/([a-z]+\.(?:mjs|css|svg))$/.exec(path)?.[1];
    if (asset) return { type: asset.endsWith('.mjs') ? 'text/javascript' : asset.endsWith('.css') ? 'text/css' : 'image/svg+xml', body: readFileSync(join(assets, asset)) };
    if (path === '/sw.js') return { type: 'text/javascript', body: this.#worker(), policy: WORKER_POLICY };
    if (path === '/.well-known/munadi.json') return json({ issuer: 'stand', root: this.root.jwk, vapid_public_key: '' });
    if (path === '/.well-known/munadi/keys.jws') return { body: this.directory };
    if (path === '/v1/inbox') return json(this.inbox);
    const id = /^\/notices\/(ntc_\w+)\.jws$/.exec(path)?.[1];
    if (id) return this.notices.has(id) ? { body: this.notices.get(id) } : { status: 404 };
    return path === '/favicon.ico' ? { status: 204 } : this.#page(path);
  }

  #page(path) {
    const verify = /^\/notices\/ntc_\w+$/.test(path)
      ? `<p hidden data-verify="${path}.jws" data-text-official="Good" data-text-over="Was good" data-text-not-official="Bad" data-text-unchecked="Unknown"></p><script type="module" src="/assets/verify.mjs"></script>`
      : '';
    const body = `<!doctype html><html lang="${this.language ?? 'en'}"><title>${path}</title><link rel="icon" href="data:,"><main><h1>${path}, version ${this.version}</h1>${verify}</main><script type="module" src="/assets/start.mjs"></script></html>`;
    return { type: 'text/html', body };
  }

  #worker() {
    const isModule = (line) => /^(import|export) /.test(line);
    const parts = ['verifier', 'store', 'trust', 'sw'].map((name) => readFileSync(join(assets, `${name}.mjs`), 'utf8').split('\n').filter((line) => !isModule(line)));
    const shell = { version: this.version, urls: ['/offline', '/assets/start.mjs', '/assets/store.mjs'], icon: '/assets/mark.svg', badge: '/assets/mark.svg', texts: TEXTS };
    return `const SHELL = ${JSON.stringify(shell)};\n${parts.flat().join('\n')}`;
  }
}

const json = (value) => ({ type: 'application/json', body: JSON.stringify(value) });
