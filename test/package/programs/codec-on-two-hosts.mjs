/** Two hosts with a codec and one signing key share a task queue: each task ends, and its prompt is nowhere in its history. */
import assert from 'node:assert/strict';
import { mkdtempSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { createClient, createPlugin, createWorker, runTask } from './start.mjs';

const ENCODING = 'binary/mirrored';
/** Turns the bits round: enough to see what was not encoded. */
const turned = (bytes) => Uint8Array.from(bytes, (byte) => byte ^ 0xff);
const codec = {
  encode: async (payloads) =>
    payloads.map(({ metadata, data }) => {
      const bytes = (value) => Buffer.from(value ?? []).toString('base64');
      const named = Object.entries(metadata ?? {}).map(([name, value]) => [name, bytes(value)]);
      const text = JSON.stringify({ metadata: Object.fromEntries(named), data: bytes(data) });
      return { metadata: { encoding: Buffer.from(ENCODING) }, data: turned(Buffer.from(text)) };
    }),
  decode: async (payloads) =>
    payloads.map((payload) => {
      if (Buffer.from(payload.metadata?.encoding ?? []).toString() !== ENCODING) return payload;
      const { metadata, data } = JSON.parse(Buffer.from(turned(payload.data)).toString());
      const named = Object.entries(metadata).map(([name, value]) => [name, Buffer.from(value, 'base64')]);
      return { metadata: Object.fromEntries(named), data: Buffer.from(data, 'base64') };
    }),
};
const dataConverter = { payloadCodecs: [codec] };
const signingKeyFile = join(mkdtempSync(resolve('key-')), 'signing.key');
const queue = 'both-hosts';
const here = await createPlugin({ signingKeyFile });
const there = await createPlugin({ signingKeyFile });
assert.notEqual(here.host, there.host);
const workers = [
  await createWorker(here, queue, { dataConverter }),
  await createWorker(there, queue, { dataConverter }),
];
const client = await createClient(here, { dataConverter });
const plain = await createClient(here);
await workers[0].runUntil(() =>
  workers[1].runUntil(async () => {
    for (let n = 0; n < 6; n++) assert.equal((await runTask(client, queue, `encoded-${n}`)).status, 'Completed');
  }),
);
const history = JSON.stringify(await plain.workflow.getHandle('encoded-0').fetchHistory());
assert.ok(!history.includes('Say what you see'));
assert.ok(!history.includes(Buffer.from('Say what you see.').toString('base64').slice(0, 20)));
process.exit(0);
