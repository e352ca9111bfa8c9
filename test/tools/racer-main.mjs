/**
 * Swaps something of a workspace for a link to the outside, as fast as it can: argv is the kind, the workspace, the
 * outside and for how many milliseconds. Prints how often it did.
 */
import { lstatSync, mkdirSync, renameSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';

const [kind = '', workspace = '', outside = '', milliseconds = '0'] = process.argv.slice(2);
const at = (name) => join(workspace, name);
const BATCH = 200;

/** What is swapped, the file in it that must be there, and where the link leads. */
const KINDS = {
  directory: { name: 'real', file: 'real/a.txt', target: join(outside, 'trap') },
  file: { name: 'real/a.txt', file: 'real/a.txt', target: join(outside, 'trap/a.txt') },
  ancestor: { name: 'top', file: 'top/mid/a.txt', target: join(outside, 'trap/top') },
  // What is about to be made, for a link to what is not there yet.
  absent: { name: 'new', target: join(outside, 'fresh') },
};
const { name, file, target } = KINDS[kind];
const [thing, evil, hold] = [at(name), at('evil'), at('hold')];

let swaps = 0;
let repairs = -1;
let even = false;
for (const end = Date.now() + Number(milliseconds); Date.now() < end; ) {
  try {
    if (!even) prepare();
    for (let i = 0; i < BATCH; i++, swaps++) swap();
    // A tool that wrote at the right moment has put a file in the place of the link.
    even = lstatSync(evil).isSymbolicLink();
  } catch {
    // Tools make things here, too; while they are being removed even the repair may fail.
    even = false;
  }
}
process.stdout.write(JSON.stringify({ swaps, repairs }));

function swap() {
  if (file) renameSync(thing, hold);
  renameSync(evil, thing);
  renameSync(thing, evil);
  if (file) renameSync(hold, thing);
}

/** A link is removed as a link: nothing outside is touched. */
function prepare() {
  repairs++;
  for (const path of [hold, evil, thing]) rmSync(path, { recursive: true, force: true });
  if (file) {
    mkdirSync(dirname(at(file)), { recursive: true });
    writeFileSync(at(file), 'inside\n');
  }
  symlinkSync(target, evil);
  even = true;
}
