/** A worker of the bare workflow as a process of its own: argv is address and bundle. Tells its parent when an activity begins. */
import { readFileSync } from 'node:fs';
import { DefaultLogger, NativeConnection, Runtime, Worker } from '@temporalio/worker';
const [address = '', bundle = ''] = process.argv.slice(2);
const tell = (line) => void process.send?.({ line, at: performance.timeOrigin + performance.now() });
Runtime.install({ logger: new DefaultLogger('ERROR') });
const worker = await Worker.create({
    connection: await NativeConnection.connect({ address }),
    taskQueue: 'bare',
    workflowBundle: { code: readFileSync(bundle, 'utf8') },
    activities: { arrive: async () => tell('arrived') },
});
const running = worker.run();
tell('polls');
await running;
process.exit(0);
//# sourceMappingURL=bare-worker.js.map