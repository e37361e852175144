// The reader of server-sent events.

import assert from 'node:assert/strict';
import { test } from 'node:test';

import { follow, parser } from '../../../crates/web/assets/live.mjs';

const STREAM = 'retry: 5000\nid: 7\n\n: still here\n\nevent: notice\nid: 8\ndata: {"a":\ndata:1}\n\nevent:reset\r\ndata: x\r\n\r\ndata\n\n';
const EVENTS = [
  { event: 'message', data: '', id: '7', retry: 5000 },
  { event: 'notice', data: '{"a":\n1}', id: '8' },
  { event: 'reset', data: 'x' },
  { event: 'message', data: '' },
];

test('events are the same however the stream is cut', () => {
  for (let cut = 0; cut <= STREAM.length; cut += 1) {
    const feed = parser();
    assert.deepEqual([...feed(STREAM.slice(0, cut)), ...feed(STREAM.slice(cut))], EVENTS, `cut at ${cut}`);
  }
  const feed = parser();
  assert.deepEqual([...STREAM].flatMap((letter) => feed(letter)), EVENTS);
});

test('it comes back from where it was, also after a refusal', async (context) => {
  const asked = [];
  const end = new AbortController();
  const answers = [
    new Response('retry: 1\nid: 7\ndata: first\n\n'),
    new Response('busy', { status: 503 }),
    new Response('id: 9\ndata: second\n\n'),
  ];
  context.mock.method(globalThis, 'fetch', async (address, { headers }) => {
    asked.push(headers['last-event-id']);
    return answers.shift();
  });
  const heard = [];
  let lost = 0;
  await follow('/stream', {
    onAlive: () => undefined,
    onLost: () => (lost += 1),
    onEvent: ({ data }) => {
      heard.push(data);
      if (data === 'second') end.abort();
    },
    lastId: '5',
  }, end.signal);
  assert.deepEqual(heard, ['first', 'second']);
  assert.deepEqual(asked, ['5', '7', '7']);
  assert.equal(lost, 2);
});
