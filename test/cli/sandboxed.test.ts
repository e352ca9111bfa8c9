/** With a sandbox, a shell command needs no approval: it runs inside, and sees no home, no keys and no server. */
import { existsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { inOrder } from '../support/book.js';
import { sandboxHere } from '../support/sandbox.js';
import { type Bench, openBench } from './support.js';

const { sandbox, why } = await sandboxHere();

describe.skipIf(!sandbox)(`a shell command in the sandbox${why}`, () => {
  let bench: Bench;
  beforeAll(async () => {
    bench = await openBench({ LITELLM_API_KEY: 'sk-never-inside' });
    writeFileSync(join(bench.home, 'private.txt'), 'private');
  });
  afterAll(() => bench.close());

  test('runs without approval, changes the workspace, and reaches nothing else of this host', async () => {
    await bench.run(['up', '-d']);
    const { address } = await bench.json<{ address: string }>(['up', '-d']);
    const [host, port] = address.split(':');
    const command = [
      'echo made > made.txt',
      `cat ${bench.home}/private.txt 2>/dev/null && echo SAW-HOME`,
      'env | grep -q never-inside && echo SAW-KEY',
      // By its name it would be refused before it runs.
      `ls "$(echo ${Buffer.from(bench.paths.workdir).toString('base64')} | base64 -d)" 2>/dev/null | grep -q . && echo SAW-DATA`,
      `(exec 3<>/dev/tcp/${host}/${port}) 2>/dev/null && echo SAW-SERVER`,
      'mkdir -p .vscode 2>/dev/null && touch .vscode/x 2>/dev/null && echo LEFT-SETTINGS',
      'echo end',
    ].join('; ');
    const args = { command: `bash -c '${command.replaceAll("'", "'\\''")}'` };
    const model = bench.model(inOrder({ calls: [{ id: 'a', name: 'shell', args }] }, { content: 'Done.' }));
    const ran = await bench.run(['run', ...model, 'Look around']);
    expect(ran, ran.stderr).toMatchObject({ code: 0, stdout: 'Done.\n' });
    const requests = bench.book.requestsOf(model[model.indexOf('--model') + 1] ?? '');
    const seen = String(requests.at(-1)?.messages.at(-1)?.content);
    expect(seen).toContain('end');
    expect(seen).not.toMatch(/SAW-|LEFT-/);
    expect(existsSync(join(bench.workspace, 'made.txt'))).toBe(true);
    // What stood in for protected names while it ran is gone again.
    for (const name of ['.vscode', '.git', 'rookery.toml'])
      expect(existsSync(join(bench.workspace, name)), name).toBe(false);
  });
});
