// What the server composes of several files is one script.

import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { Script } from 'node:vm';

const assets = join(dirname(fileURLToPath(import.meta.url)), '../../../crates/web/assets');

test('the service worker is one classic script', () => {
  const parts = ['verifier', 'store', 'trust', 'sw'].map((name) => readFileSync(join(assets, `${name}.mjs`), 'utf8'));
  const isModule = (line) => /^(import|export) /.test(line);
  const lines = parts.flatMap((part) => part.split('\n'));
  // Whoever breaks such a line into two breaks the worker.
  for (const line of lines.filter(isModule)) assert.match(line, /;$/, line);
  const text = ['const SHELL = {"version":"1","urls":[],"texts":{"en":{}}};', ...lines.filter((line) => !isModule(line))].join('\n');
  assert.doesNotThrow(() => new Script(text));
});
