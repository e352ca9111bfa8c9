/** Sockets of other programs, which may go away between the look at this host and the start of a command. */
import { once } from 'node:events';
import { mkdirSync, readFileSync, rmSync } from 'node:fs';
import { createServer, type Server } from 'node:net';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { Sandbox, SandboxOptions } from '../../src/sandbox/sandbox.js';
import { testIsolation } from '../../src/sandbox/self-test.js';
import { createShell } from '../../src/tools/shell.js';
import { sandboxHere } from '../support/sandbox.js';
import { createSite, type Site } from './site.js';

const here = await sandboxHere();

let site: Site;
let looks: number;
let servers: Server[];
beforeEach(() => {
  site = createSite();
  looks = 0;
  servers = [];
});
afterEach(async () => {
  for (const server of servers) server.close();
  await site.remove();
});

/** The same sandbox on a host where a socket is there at each look, and gone at the start of the first `times` commands. */
function unsteady(times: number, sandbox: Sandbox | undefined = here.sandbox): Sandbox {
  return {
    async command(request) {
      if (!sandbox) throw new Error(here.why);
      looks++;
      const directory = join(site.outside, `program-${looks}`);
      mkdirSync(directory);
      const server = createServer().listen(join(directory, 'socket'));
      await once(server, 'listening');
      const confined = await sandbox.command(request);
      servers.push(server);
      if (looks <= times) rmSync(directory, { recursive: true });
      return confined;
    },
  };
}

async function run(sandbox: Sandbox, command: string): Promise<string> {
  const shell = createShell({ env: { PATH: process.env.PATH }, sandbox });
  const context = { workspace: site.workspace, task: 'task-1', call: 'call-1', secrets: false };
  return (await shell.run({ command }, { ...context, signal: new AbortController().signal })).content;
}

describe.skipIf(here.why !== '')(`a socket that goes away${here.why}`, () => {
  test('does not keep a command from running, once', async () => {
    expect(await run(unsteady(2), 'echo begun | tee -a ledger')).toBe('begun\n');
    expect(looks).toBe(3);
    expect(readFileSync(join(site.workspace, 'ledger'), 'utf8')).toBe('begun\n');
  });

  test('each time is told at last, and nothing has run', async () => {
    expect(await run(unsteady(9), 'touch ran')).toMatch(/^bwrap: Can't .*\n\[exit code 1\]$/);
    expect(looks).toBe(3);
    expect(await run(unsteady(0), 'ls ran')).toContain('No such file');
  });

  test('is not what a command says that has run: it is not run again', async () => {
    const said = "bwrap: Can't mkdir parents for /x: Read-only file system";
    expect(await run(unsteady(0), `echo "${said}"; exit 1`)).toBe(`${said}\n[exit code 1]`);
    expect(await run(unsteady(0), 'exit 1')).toBe('[exit code 1]');
    expect(looks).toBe(2);
  });

  test('does not make the sandbox count as absent', async () => {
    const made = (options: SandboxOptions): Sandbox => ({
      command: async (request) => unsteady(1, (await sandboxHere(options)).sandbox).command(request),
    });
    expect(await testIsolation(made, true)).toBeUndefined();
    // A socket of another program may go away meanwhile too.
    expect(looks).toBeGreaterThanOrEqual(2);
  });
});
