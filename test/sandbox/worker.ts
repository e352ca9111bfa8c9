/**
 * A small worker of the tests' own, to be killed: runs one shell call, and says nothing. Arguments: workspace, call,
 * command, directory of notes.
 */
import { homedir } from 'node:os';
import { findSandbox } from '../../src/sandbox/detect.js';
import { createShell } from '../../src/tools/shell.js';

const [workspace = '', call = '', command = '', notes = `${workspace}-notes`] = process.argv.slice(2);
const found = await findSandbox({ hidden: [], home: homedir(), notes });
if (found.kind === 'absent') throw new Error(found.why);
const shell = createShell({ env: { PATH: process.env.PATH }, sandbox: found.sandbox });
const context = { workspace, task: 'task-1', call, secrets: false, signal: new AbortController().signal };
await shell.run({ command }, context);
