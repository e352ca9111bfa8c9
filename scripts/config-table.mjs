/**
 * Writes the table of settings in docs/configuration.md anew, from the table in the code (a built one). `--check`: only says,
 * by its exit code, whether the page is as it would be written. A path after that is another page, for tests.
 */
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('..', import.meta.url));
const BUILT = `${root}dist/src/config/keys.js`;
const BEGIN = '<!-- Made by scripts/config-table.mjs: begin -->';
const END = '<!-- end -->';
const UNTRUSTED = {
  lower: '**yes**, where it is not above what holds without the file',
  within: '**yes**, a directory of the project, as said above',
};

const words = process.argv.slice(2);
const isCheck = words[0] === '--check';
const page = words[isCheck ? 1 : 0] ?? `${root}docs/configuration.md`;
if (!existsSync(BUILT)) stop('There is no build. Run `npm run build` first.');
const { KEYS } = await import(BUILT);
const before = readFileSync(page, 'utf8');
const [begin, end] = [before.indexOf(BEGIN), before.indexOf(END)];
if (begin < 0 || end < begin) stop(`${page} has no place for the table.`);
const after = `${before.slice(0, begin)}${BEGIN}\n${table()}\n${before.slice(end)}`;
if (!isCheck) writeFileSync(page, after);
else if (after !== before) stop(`The table in ${page} is not that of the code. Run \`node scripts/config-table.mjs\`.`);

function table() {
  const rows = Object.entries(KEYS).map(([key, { means, byDefault, example, untrusted }]) =>
    [`\`${key}\``, means, byDefault, `\`${example}\``, untrusted === undefined ? 'no' : UNTRUSTED[untrusted]]
      .map((cell) => cell.replaceAll('|', '\\|'))
      .join(' | '),
  );
  const head = ['key | what | default | example | set by an untrusted project', '--- | --- | --- | --- | ---'];
  return [...head, ...rows].map((row) => `| ${row} |`).join('\n');
}

function stop(sentence) {
  console.error(sentence);
  process.exit(1);
}
