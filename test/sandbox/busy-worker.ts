/**
 * A small worker of the tests' own, to be killed at any moment: runs commands in the sandbox and writes a file, without
 * end, and prints a dot for each. Arguments: workspace, home, directory of notes.
 */
import { findSandbox } from '../../src/sandbox/detect.js';
import { createShell } from '../../src/tools/shell.js';
import { writeFile } from '../../src/tools/write-file.js';

const [workspace = '', home = '', notes = ''] = process.argv.slice(2);
const found = await findSandbox({ hidden: [], home, notes });
if (found.kind === 'absent') throw new Error(found.why);
const options = { env: { PATH: process.env.PATH }, sandbox: found.sandbox };
const shell = createShell(options);
const shellWithHost = createShell({ ...options, hosts: ['example.org'] });
const signal = new AbortController().signal;

async function loop(name: string, act: (call: string) => Promise<unknown>): Promise<never> {
  for (let count = 0; ; count++) {
    process.stdout.write('.');
    await act(`${name}-${count}`);
  }
}

function contextFor(call: string) {
  return { workspace, task: 'task-1', call, secrets: false, signal, notes };
}

await Promise.all([
  loop('one', (call) => shell.run({ command: 'ls' }, contextFor(call))),
  loop('two', (call) => shellWithHost.run({ command: 'true' }, contextFor(call))),
  loop('three', (call) => writeFile.run({ path: 'readme.md', content: call }, contextFor(call))),
]);
