/** The model of the adapter's benchmark as a process of its own. Each event is written by itself, as providers do. */
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import { setImmediate } from 'node:timers/promises';
import { replyEvents } from './adapter-replies.js';

const server = createServer(async (request, response) => {
  const { model } = JSON.parse(await text(request)) as { model: string };
  response.writeHead(200, { 'content-type': 'text/event-stream' });
  for (const event of replyEvents(request.url ?? '', model)) {
    response.write(event);
    await setImmediate();
  }
  response.end();
});
server.listen(0, '127.0.0.1', () =>
  process.send?.({ url: `http://127.0.0.1:${(server.address() as AddressInfo).port}` }),
);
process.on('disconnect', () => process.exit(0));
