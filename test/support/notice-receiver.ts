/** A receiver of webhooks, as a person would run one: checks the signature of each request, and answers as it is told. */
import { createHmac } from 'node:crypto';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { TaskNotice } from '../../src/domain/notice.js';

export const SECRET = 'whsec_c2VjcmV0IG9mIHRoZSByZWNlaXZlcg==';

export interface Received {
  readonly notice: TaskNotice;
  readonly id: string;
  readonly isSigned: boolean;
}

export interface NoticeReceiver {
  readonly url: string;
  /** All requests, also those that were not answered with 200. */
  readonly received: readonly Received[];
  /** How the next requests are answered, by their status; `hang`: not at all. Then with 200. */
  readonly answers: (number | 'hang')[];
  of(task: string): Received[];
  close(): Promise<void>;
}

export async function openNoticeReceiver(): Promise<NoticeReceiver> {
  const received: Received[] = [];
  const answers: (number | 'hang')[] = [];
  const server = createServer((request, response) => {
    let body = '';
    request.setEncoding('utf8').on('data', (piece: string) => {
      body += piece;
    });
    request.on('end', () => {
      const header = (name: string): string => String(request.headers[`webhook-${name}`]);
      const [id, timestamp] = [header('id'), header('timestamp')];
      const key = Buffer.from(SECRET.slice('whsec_'.length), 'base64');
      const expected = createHmac('sha256', key).update(`${id}.${timestamp}.${body}`).digest('base64');
      const isSigned = /^\d{10}$/.test(timestamp) && header('signature') === `v1,${expected}`;
      received.push({ notice: JSON.parse(body) as TaskNotice, id, isSigned });
      const answer = answers.shift() ?? 200;
      if (answer !== 'hang') response.writeHead(answer, { location: '/elsewhere' }).end();
    });
  });
  await new Promise<void>((ready) => server.listen(0, '127.0.0.1', ready));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/notices`,
    received,
    answers,
    of: (task) => received.filter(({ notice }) => notice.task === task),
    close: () =>
      new Promise((done) => {
        server.close(() => done());
        server.closeAllConnections();
      }),
  };
}
