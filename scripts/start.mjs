/**
 * `npm start`: everything a newcomer needs, from a fresh clone to a finished task. Plain Node: it runs before anything is
 * installed.
 */
import { spawnSync } from 'node:child_process';
import { existsSync, lstatSync, readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';

const root = fileURLToPath(new URL('..', import.meta.url));
const DEFAULT_PROMPT =
  'Look at the files of this repository and tell what is in them: count files and lines, and name the most interesting ones.';

function step(line, command, args) {
  console.error(line);
  const { status, error } = spawnSync(command, args, {
    cwd: root,
    stdio: ['ignore', 2, 2],
    shell: process.platform === 'win32',
  });
  if (status === 0) return;
  console.error(`\`${[command, ...args].join(' ')}\` failed${error ? `: ${error.message}` : ''}; nothing was started.`);
  process.exit(6);
}

function newest(directory) {
  return readdirSync(directory, { withFileTypes: true, recursive: true })
    .filter((entry) => entry.isFile())
    .reduce(
      (latest, { parentPath, path, name }) => Math.max(latest, statSync(join(parentPath ?? path, name)).mtimeMs),
      0,
    );
}

function isBuilt() {
  const bundle = join(root, 'dist', 'workflow-bundle.js');
  if (!existsSync(bundle)) return false;
  const built = statSync(bundle).mtimeMs;
  return ['src', 'workflows', 'activities'].every((folder) => newest(join(root, folder)) < built);
}

const modules = join(root, 'node_modules');
const lock = join(modules, '.package-lock.json');
// npm ci empties the directory first, also the target of a link, which belongs to another checkout.
const linked = lstatSync(modules, { throwIfNoEntry: false })?.isSymbolicLink() ?? false;
if (linked) console.error(`${modules} is a link: what it leads to is taken as it is.`);
else if (!existsSync(lock) || statSync(lock).mtimeMs < statSync(join(root, 'package-lock.json')).mtimeMs) {
  step('Installing dependencies (npm ci) …', 'npm', ['ci', '--no-audit', '--no-fund', '--loglevel=error']);
}
if (!isBuilt()) step('Building …', 'npm', ['run', '--silent', 'build']);

const words = process.argv.slice(2);
const main = join(root, 'dist', 'src', 'cli', 'main.js');
const prompt = words.length > 0 ? words : ['--workspace', root, DEFAULT_PROMPT];
// What the command tells to do next is typed in a shell where it is not on the PATH.
console.error('Where it says `rookery` below, type `npx --no-install rookery`.');
// In this process: another Node would start for nothing.
process.argv = [process.execPath, main, 'run', ...prompt];
await import(pathToFileURL(main).href);
