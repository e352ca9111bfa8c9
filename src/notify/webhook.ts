/**
 * Posts a notice to a URL of the user, signed as standard-webhooks does: the receiver can tell who sent it, when, and
 * whether it has had it. The address may be local, because it is the user's own; redirects are not followed.
 */
import { createHmac } from 'node:crypto';
import type { TaskNotice } from '../domain/notice.js';
import { withTimeLimit } from '../net/deadline.js';
import { exchange } from '../net/http-request.js';
import { parseUrl } from '../net/target.js';
import type { Channel, WebhookOptions } from './options.js';

export function createWebhook({ url, secret, proxy: proxies }: WebhookOptions): Channel {
  const key = keyOf(secret);
  return {
    name: 'webhook',
    async send(notice) {
      const target = parseUrl(url);
      const body = JSON.stringify(notice);
      const headers = { 'content-type': 'application/json', ...signedHeaders(key, notice, body) };
      const { status } = await withTimeLimit(LIMIT_MS, new AbortController().signal, (signal) =>
        exchange(
          { url: target, method: 'POST', headers, body, signal, acceptsType: () => false },
          { allow: () => true, idleMs: LIMIT_MS, proxies },
        ),
      );
      if (status < 200 || status > 299) throw new Error(`${target.hostname} answered with ${status}`);
    },
  };
}

// ---

const LIMIT_MS = 10_000;
const PREFIX = 'whsec_';

function keyOf(secret: string): Buffer {
  return secret.startsWith(PREFIX) ? Buffer.from(secret.slice(PREFIX.length), 'base64') : Buffer.from(secret);
}

/** The time is that of the request: a receiver refuses old ones. */
function signedHeaders(key: Buffer, { id }: TaskNotice, body: string): Record<string, string> {
  const timestamp = String(Math.floor(Date.now() / 1000));
  const signature = createHmac('sha256', key).update(`${id}.${timestamp}.${body}`).digest('base64');
  return { 'webhook-id': id, 'webhook-timestamp': timestamp, 'webhook-signature': `v1,${signature}` };
}
