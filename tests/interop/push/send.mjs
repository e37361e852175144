// Sends one message through a push service with npm `web-push`, and says what came back.
//
//     node send.mjs <ORDER.json
//
// The order, on standard input: {endpoint, keys: {p256dh, auth}, vapid: {subject, public_key, private_key}, payload, ttl, topic, urgency,
// encoding, headers}. Keys are base64url, the private one is the scalar's 32 bytes. All but the endpoint may be missing. `headers` change
// the finished request: a text replaces what the library wrote, null takes it away; so one can send what the library refuses to send.
//
// The answer, on standard output: {status, location, ttl, retry_after, errno, message}. Exit status 0 if there was one, 2 if not.

import http from 'node:http';
import https from 'node:https';

import webpush from 'web-push';

async function readOrder() {
  const parts = [];
  for await (const part of process.stdin) parts.push(part);
  return JSON.parse(Buffer.concat(parts).toString('utf8'));
}

/** The library speaks TLS only, and a test on this machine has no certificate. @param {object} changes to the headers */
function speakPlainly(changes) {
  https.request = (options, answered) => {
    const headers = new Map(Object.entries(options.headers).map(([name, value]) => [name.toLowerCase(), value]));
    for (const [name, value] of Object.entries(changes)) {
      if (value === null) headers.delete(name.toLowerCase());
      else headers.set(name.toLowerCase(), value);
    }
    return http.request({ ...options, headers: Object.fromEntries(headers) }, answered);
  };
}

function optionsOf({ vapid, ttl, topic, urgency, encoding }) {
  const vapidDetails = vapid && { subject: vapid.subject, publicKey: vapid.public_key, privateKey: vapid.private_key };
  const options = { vapidDetails, TTL: ttl, topic, urgency, contentEncoding: encoding };
  return Object.fromEntries(Object.entries(options).filter(([, value]) => value !== undefined && value !== null));
}

function parsed(body) {
  try {
    return JSON.parse(body);
  } catch {
    return {};
  }
}

const order = await readOrder();
speakPlainly(order.headers ?? {});
let answer;
try {
  answer = await webpush.sendNotification({ endpoint: order.endpoint, keys: order.keys }, order.payload, optionsOf(order));
} catch (error) {
  if (!error.statusCode) {
    console.error(`${error.name}: ${error.message}`);
    process.exit(2);
  }
  answer = error;
}
const { errno, message } = parsed(answer.body);
const { location, ttl, 'retry-after': retryAfter } = answer.headers;
console.log(JSON.stringify({ status: answer.statusCode, location, ttl, retry_after: retryAfter, errno, message }));
