import assert from 'node:assert/strict';
import { test } from 'node:test';

import { indianMoment } from '../../../crates/web/assets/words.mjs';

test('times are India’s, in the page’s language', () => {
  const date = new Date('2026-11-23T18:38:00Z');
  assert.equal(indianMoment(date, undefined, 'en'), '24 November 2026, 00:08 IST');
  assert.equal(indianMoment(date, '{day}, {clock} बजे', 'hi'), '24 नवंबर 2026, 00:08 बजे');
});
