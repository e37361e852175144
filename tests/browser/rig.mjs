// A private Munadi with the demonstration in it, and people in front of real browsers.
//
// Needs MUNADI_BIN, DATABASE_URL (a role that may make databases), AMQP_URL and psql; `./test` brings them. Chromium is CHROMIUM, or
// what the system has under its usual names.

import assert from 'node:assert/strict';
import { execFileSync, spawn } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

import puppeteer from 'puppeteer-core';

const PATIENCE = 60_000;
const FLAGS = ['--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking', '--disable-component-update', '--disable-sync', '--disable-dev-shm-usage'];
const here = dirname(fileURLToPath(import.meta.url));
const axeSource = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');

function need(name) {
  assert.ok(process.env[name], `${name} is not set: run ./test, which prepares what these tests need`);
  return process.env[name];
}

function chromiumPath() {
  const names = [
    process.env.CHROMIUM,
    '/usr/bin/chromium',
    '/usr/bin/chromium-browser',
    '/usr/bin/google-chrome',
    '/Applications/Chromium.app/Contents/MacOS/Chromium',
    '/Applications/Google Chrome.app/Contents/MacOS/Google Chrome',
  ];
  const path = names.find((name) => name && existsSync(name));
  assert.ok(path, 'there is no Chromium: install the package chromium, or name one by CHROMIUM');
  return path;
}

function freePort() {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.on('error', reject);
    server.listen(0, '127.0.0.1', () => {
      const { port } = server.address();
      server.close(() => resolve(port));
    });
  });
}

/** Asks until it is so; what is asked may throw meanwhile. */
export async function until(what, isSo, patience = PATIENCE) {
  const end = Date.now() + patience;
  let last;
  while (Date.now() < end) {
    last = await Promise.resolve().then(isSo).catch((error) => ((last = error), undefined));
    if (last) return last;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  assert.fail(`${what} did not happen${last instanceof Error ? `: ${last.message}` : ''}`);
}

/** A running Munadi with the demonstration. */
export class Town {
  static async start() {
    const town = new Town();
    try {
      await town.#begin();
    } catch (error) {
      await town.stop().catch(() => undefined);
      throw error;
    }
    return town;
  }

  async #begin() {
    const town = this;
    town.folder = mkdtempSync(join(tmpdir(), 'munadi-browser-'));
    town.port = await freePort();
    town.url = `http://localhost:${town.port}`;
    const pushPort = await freePort();
    // Not the name of the pages' host: what is asked of one must not be taken for what is asked of the other.
    town.pushUrl = `http://127.0.0.1:${pushPort}`;
    town.database = `browser_${process.pid}_${town.port}`;
    town.sql(`create database ${town.database}`);
    town.settings = town.#settings();
    for (const words of [['migrate'], ['keys', 'init'], ['demo', 'fill']]) town.say(...words);
    town.demo = JSON.parse(readFileSync(join(town.folder, 'demo/demo.json'), 'utf8'));
    await town.serve();
  }

  #settings() {
    const database = new URL(need('DATABASE_URL'));
    database.pathname = `/${this.database}`;
    return {
      ...process.env,
      DATABASE_URL: database.href,
      MUNADI_DATABASE_CONNECTIONS: '10',
      MUNADI_BROKER_PREFIX: `${this.database.replaceAll('_', '-')}.`,
      AMQP_URL: need('AMQP_URL'),
      MUNADI_KEYS_FOLDER: join(this.folder, 'keys'),
      MUNADI_HTTP_LISTEN: `127.0.0.1:${this.port}`,
      MUNADI_HTTP_PUBLIC_URL: this.url,
      MUNADI_PUSH_SERVICE_LISTEN: new URL(this.pushUrl).host,
      MUNADI_PUSH_SERVICE_PUBLIC_URL: this.pushUrl,
      MUNADI_LOG_FILTER: 'warn',
      // Many people come from this one machine.
      MUNADI_LIMITS_ADDRESS: 'burst 100000, then 100000 a minute',
      MUNADI_LIMITS_SIGN_IN_ADDRESS: 'burst 1000, then 1000 a minute',
    };
  }

  /** As the role that may make databases. */
  sql(statement) {
    execFileSync('psql', [need('DATABASE_URL'), '-qAtc', statement], { stdio: ['ignore', 'pipe', 'inherit'] });
  }

  /** Runs a command of the executable to its end. @returns {string} what it printed */
  say(...words) {
    return execFileSync(need('MUNADI_BIN'), words, { env: this.settings, cwd: this.folder, encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] });
  }

  async serve() {
    // Whatever ends this test, no server stays behind.
    process.once('exit', () => this.process.kill('SIGKILL'));
    this.process = spawn(need('MUNADI_BIN'), ['serve', '--demo'], { env: this.settings, cwd: this.folder, stdio: ['ignore', 'ignore', 'pipe'] });
    this.log = '';
    this.process.stderr.on('data', (part) => (this.log = (this.log + part).slice(-20_000)));
    await until('the start of munadi', async () => {
      assert.equal(this.process.exitCode, null, this.log);
      return (await fetch(`${this.url}/readyz`)).ok;
    });
  }

  async stopServing() {
    if (!this.process || this.process.exitCode !== null || this.process.signalCode !== null) return;
    const ended = new Promise((resolve) => this.process.once('exit', resolve));
    this.process.kill('SIGTERM');
    await ended;
  }

  /** Somebody who can sign in: {officer, sign_in, password, …}. */
  person(name) {
    return this.demo.people.find((person) => person.sign_in === name);
  }

  async stop() {
    await this.stopServing();
    this.sql(`drop database if exists ${this.database} with (force)`);
    rmSync(this.folder, { recursive: true, force: true });
  }
}

/** A person with a browser profile of their own. What a page must never do is collected, and fails the test in `leave`. */
export class Person {
  static async arrive(town, { language = 'en', javascript = true, width = 1280, height = 900, scheme = 'light' } = {}) {
    const person = new Person();
    Object.assign(person, { town, faults: [], weights: new Map() });
    // Chromium's own walls need rights that root in a container has not.
    const flags = [...FLAGS, ...(process.getuid?.() === 0 ? ['--no-sandbox'] : []), `--lang=${language}`];
    person.browser = await puppeteer.launch({ executablePath: chromiumPath(), headless: true, args: flags, protocolTimeout: PATIENCE });
    person.page = (await person.browser.pages())[0] ?? (await person.browser.newPage());
    await person.page.setViewport({ width, height });
    await person.page.setJavaScriptEnabled(javascript);
    await person.page.setExtraHTTPHeaders({ 'accept-language': language });
    await person.page.emulateMediaFeatures([{ name: 'prefers-color-scheme', value: scheme }]);
    person.#watch();
    return person;
  }

  /** A visit from arrival to departure, also if what is done in between fails. */
  static async visit(town, options, work) {
    const person = await Person.arrive(town, options);
    try {
      await work(person);
    } catch (error) {
      await person.browser.close();
      throw error;
    }
    await person.leave();
  }

  #watch() {
    const { page, faults, town } = this;
    page.on('console', (message) => {
      const text = message.text();
      // A page that answers with an error status is the test's affair; a script or policy that fails is not.
      if (message.type() === 'error' && !text.startsWith('Failed to load resource')) faults.push(`console: ${text}`);
    });
    page.on('pageerror', (error) => faults.push(`script: ${error.message}`));
    page.on('request', (request) => {
      const url = new URL(request.url());
      if (url.protocol.startsWith('http') && url.origin !== town.url) faults.push(`another origin: ${url.href}`);
    });
  }

  async go(path) {
    const response = await this.page.goto(path.startsWith('http') ? path : this.town.url + path, { waitUntil: 'load' });
    this.lastStatus = response?.status();
    return response;
  }

  /** As `fill`, for pages without scripts. */
  async type(selector, text) {
    await this.page.focus(selector);
    await this.page.keyboard.type(text);
  }

  /** The page's HTML. */
  content() {
    return this.page.content();
  }

  /** Nobody should have to scroll sideways. */
  async overflow(what) {
    const [inside, wide] = await this.page.evaluate(() => [document.documentElement.clientWidth, document.documentElement.scrollWidth]);
    assert.ok(wide <= inside, `${what} is ${wide} px wide in a window of ${inside} px`);
  }

  path() {
    const { pathname, search } = new URL(this.page.url());
    return pathname + search;
  }

  /** Does something that leads to another page, and waits for that. */
  async andArrive(act) {
    const [response] = await Promise.all([this.page.waitForNavigation({ waitUntil: 'load' }), act()]);
    return response;
  }

  /** Presses what matches, and waits for the page that follows. */
  press(selector) {
    return this.andArrive(() => this.page.$eval(selector, (element) => element.click()));
  }

  /** Fills a field as somebody who types does. */
  async fill(selector, text) {
    await this.page.waitForSelector(selector);
    await this.page.$eval(
      selector,
      (field, value) => {
        field.focus();
        field.value = value;
        field.dispatchEvent(new Event('input', { bubbles: true }));
        field.dispatchEvent(new Event('change', { bubbles: true }));
      },
      text,
    );
  }

  text(selector = 'main') {
    return this.page.$eval(selector, (element) => element.innerText);
  }

  async signIn(name) {
    const { sign_in: signIn, password } = this.town.person(name);
    await this.go('/console/sign-in');
    await this.fill('#name', signIn);
    await this.fill('#password', password);
    await this.press('main form button');
    assert.equal(this.path(), '/console', await this.text());
  }

  signOut() {
    return this.press('form.sign-out button');
  }

  /** Which of the texts of a notice that is being written is in that language; undefined if none is. */
  languageIndex(tag) {
    return this.page.$$eval('input[type="hidden"][name^="lang-"]', (inputs, wanted) => {
      const found = inputs.find((input) => input.value.split('-')[0] === wanted);
      return found?.name.slice('lang-'.length);
    }, tag);
  }

  /** Adds a language to a notice that is being written, unless it is there. */
  async needLanguage(tag) {
    if ((await this.languageIndex(tag)) !== undefined) return;
    await this.page.select('#new-language', tag);
    await this.press('button[name="do"][value="add-language"]');
  }

  /** What axe-core finds that is serious or critical. */
  async axe() {
    await this.page.evaluate(`{ const module = undefined; const exports = undefined; ${axeSource} }`);
    const found = await this.page.evaluate(() => globalThis.axe.run(document, { resultTypes: ['violations'] }));
    return found.violations
      .filter((violation) => ['serious', 'critical'].includes(violation.impact))
      .map((violation) => `${violation.id}: ${violation.nodes.map((node) => node.target.join(' ')).join(', ')}`);
  }

  /** Bytes on the wire to load a page with an empty cache. */
  async weight(path) {
    const session = await this.page.createCDPSession();
    await session.send('Network.enable');
    await session.send('Network.setCacheDisabled', { cacheDisabled: true });
    // What the worker has kept is not loaded, and what it keeps ready is not the page's.
    await session.send('Network.setBypassServiceWorker', { bypass: true });
    let bytes = 0;
    session.on('Network.loadingFinished', ({ encodedDataLength }) => (bytes += encodedDataLength));
    await this.go(path);
    await session.detach();
    return bytes;
  }

  /** Lets this place show notifications, without the browser's question. */
  allowNotifications() {
    return this.browser.defaultBrowserContext().overridePermissions(this.town.url, ['notifications']);
  }

  /** Waits until the service worker rules this page. */
  async meetWorker() {
    const session = (this.workers ??= await this.#followWorkers());
    await this.page.evaluate(() => navigator.serviceWorker.ready.then(() => undefined));
    await until('the worker', () => session.registration !== undefined);
    return session;
  }

  async #followWorkers() {
    const session = await this.page.createCDPSession();
    const workers = { session, registration: undefined };
    session.on('ServiceWorker.workerRegistrationUpdated', ({ registrations }) => {
      const ours = registrations.find((one) => !one.isDeleted && one.scopeURL.startsWith(this.town.url));
      if (ours) workers.registration = ours.registrationId;
    });
    await session.send('ServiceWorker.enable');
    return workers;
  }

  /** What a push service would deliver: the text of a message, decrypted. */
  async push(message) {
    const { session, registration } = await this.meetWorker();
    const data = typeof message === 'string' ? message : JSON.stringify(message);
    await session.send('ServiceWorker.deliverPushMessage', { origin: this.town.url, registrationId: registration, data });
  }

  /** What is on the lock screen: {title, body, lang, dir, tag, silent, official, href}. */
  notifications() {
    return this.page.evaluate(async () => {
      const { active } = await navigator.serviceWorker.ready;
      const registration = active && (await navigator.serviceWorker.getRegistration());
      const shown = await registration.getNotifications();
      return shown.map(({ title, body, lang, dir, tag, silent, data }) => ({ title, body, lang, dir, tag, silent, ...data }));
    });
  }

  /** Waits for the notification of which this is true. */
  notified(isSo, what = 'the notification') {
    return until(what, async () => (await this.notifications()).find(isSo), 15_000);
  }

  /** Takes a picture of the whole page. With UPDATE_SCREENS it is kept in docs/screens; else a test run would change the checkout. */
  screenshot(name) {
    const path = process.env.UPDATE_SCREENS ? join(here, '../../docs/screens', name) : undefined;
    return this.page.screenshot({ path, fullPage: true });
  }

  async leave() {
    await this.browser.close();
    assert.deepEqual(this.faults, []);
  }
}
