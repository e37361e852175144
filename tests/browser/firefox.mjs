// A citizen in front of a stock Firefox that uses our own push service, as an organization's policy would set it.
//
// Firefox is FIREFOX, or what the system has under its usual names. The profile is a folder, so that the same Firefox can be closed and
// started again. Nothing calls out: what Firefox would ask its maker for is off.

import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';

import puppeteer from 'puppeteer-core';

import { Person } from './rig.mjs';

const PATIENCE = 60_000;

function firefoxPath() {
  const names = [process.env.FIREFOX, '/usr/bin/firefox-esr', '/usr/bin/firefox', '/Applications/Firefox.app/Contents/MacOS/firefox'];
  const path = names.find((name) => name && existsSync(name));
  assert.ok(path, 'there is no Firefox: install the package firefox-esr or firefox, or name one by FIREFOX');
  return path;
}

/** The first three are what a citizen's Firefox needs for a push service that has no TLS; with TLS the first one is all. */
function preferences(pushUrl) {
  return {
    'dom.push.serverURL': `${pushUrl.replace('http', 'ws')}/`,
    'dom.push.testing.allowInsecureServerURL': true,
    'permissions.default.desktop-notification': 1,
    // Whatever drives a Firefox turns push off.
    'dom.push.connection.enabled': true,
    // Without a screen there is no desktop to hand a notification to: Firefox shows it by itself.
    'alerts.useSystemBackend': false,
    // It comes back soon after a push service was away; else after five seconds, and then twice as long each time.
    'dom.push.retryBaseInterval': 500,
    ...QUIET,
  };
}

/** What Firefox asks the world for by itself. */
const QUIET = {
  'app.normandy.enabled': false,
  'app.update.disabledForTesting': true,
  'browser.newtabpage.activity-stream.feeds.system.topstories': false,
  'browser.region.network.url': '',
  'browser.safebrowsing.downloads.remote.enabled': false,
  'browser.safebrowsing.malware.enabled': false,
  'browser.safebrowsing.phishing.enabled': false,
  'browser.safebrowsing.provider.google4.updateURL': '',
  'browser.safebrowsing.provider.mozilla.updateURL': '',
  'browser.search.update': false,
  'datareporting.policy.dataSubmissionEnabled': false,
  'dom.push.loglevel': 'Error',
  'extensions.getAddons.cache.enabled': false,
  'extensions.systemAddon.update.enabled': false,
  'extensions.update.enabled': false,
  'media.gmp-manager.updateEnabled': false,
  'network.captive-portal-service.enabled': false,
  'network.connectivity-service.enabled': false,
  'network.dns.disablePrefetch': true,
  'network.prefetch-next': false,
  'network.trr.mode': 5,
  'services.settings.server': 'data:,#remote-settings-dummy/v1',
  'toolkit.telemetry.enabled': false,
  'toolkit.telemetry.server': '',
  'toolkit.telemetry.unified': false,
};

/** A person whose browser is Firefox: what needs Chromium's own protocol is not for it. */
export class FirefoxPerson extends Person {
  /** @param {string} profile a folder; the Firefox that had it before has been closed */
  static async arrive(town, profile) {
    const person = new FirefoxPerson();
    Object.assign(person, { town, faults: [], weights: new Map() });
    person.browser = await puppeteer.launch({
      browser: 'firefox',
      executablePath: firefoxPath(),
      headless: true,
      userDataDir: profile,
      extraPrefsFirefox: preferences(town.pushUrl),
      protocolTimeout: PATIENCE,
    });
    person.page = (await person.browser.pages())[0] ?? (await person.browser.newPage());
    person.page.on('pageerror', (error) => person.faults.push(`script: ${error.message}`));
    person.page.on('request', (request) => {
      const url = new URL(request.url());
      if (url.protocol.startsWith('http') && url.origin !== town.url) person.faults.push(`another origin: ${url.href}`);
    });
    return person;
  }

  /** Waits until the service worker rules this page. */
  async meetWorker() {
    await this.page.evaluate(() => navigator.serviceWorker.ready.then(() => undefined));
  }

  /** The endpoint of this browser's push subscription, null if it has none. */
  endpoint() {
    return this.page.evaluate(async () => {
      const registration = await navigator.serviceWorker.ready;
      return (await registration.pushManager.getSubscription())?.endpoint ?? null;
    });
  }
}
