/**
 * `npm run pictures`: takes the pictures of the README and of docs/web-ui.md anew, from a real run: the command, its server, worker
 * and sandbox, in a new home. Only the model's replies are scripted. Needs `npm run build`, Chromium and a sandbox. Writes
 * docs/images/terminal.svg and docs/images/web-ui*.png.
 */
import { spawn } from 'node:child_process';
import { closeSync, mkdirSync, mkdtempSync, openSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { createJiti } from 'jiti';

const MAIN = resolve('dist/src/cli/main.js');
const IMAGES = resolve('docs/images');
const MODEL = 'scripted-model';
const COLUMNS = 110;
const COLUMNS_OF_LIST = [
  'Status',
  'RookeryStatus',
  'RookeryNeedsYou',
  'RookeryName',
  'RookeryCost',
  'Workflow ID',
  'Start',
];

const jiti = createJiti(import.meta.url);
const { startLlmServer, repliesIn } = await jiti.import('../test/support/llm-server.ts');
const { findChromium, launchChromium, readUntil } = await jiti.import('../test/web-ui/chromium.ts');

const chromium = findChromium();
if (chromium === undefined) {
  console.error('There is no Chromium. Install one, or set CHROMIUM to its file.');
  process.exit(1);
}
const home = mkdtempSync(join(tmpdir(), 'rookery-pictures-'));
const project = join(home, 'parrots');
const env = { HOME: home, PATH: process.env.PATH, LITELLM_API_KEY: 'none', TZ: 'UTC', COLUMNS: String(COLUMNS) };
const model = await startLlmServer(reply, { models: () => [MODEL] });
try {
  prepare();
  const session = await useRookery();
  writeFileSync(join(IMAGES, 'terminal.svg'), asSvg(session));
  const { output: ran } = session[0];
  await photograph(/tasks\/([-0-9a-f]{36})\.json/.exec(ran)[1], session[1].output.trim().split('\n').at(-1));
} finally {
  await rookery(['down']);
  await model.close();
  rmSync(home, { recursive: true, force: true });
}

// --- the session

function prepare() {
  mkdirSync(IMAGES, { recursive: true });
  mkdirSync(project);
  writeFileSync(join(project, 'count.js'), 'export const count = (birds) => birds.length - 1;\n');
  writeFileSync(
    join(project, 'count.test.js'),
    [
      "import assert from 'node:assert';",
      "import { test } from 'node:test';",
      "import { count } from './count.js';",
      "test('counts every parrot', () => assert.equal(count(['grey', 'green']), 2));",
      '',
    ].join('\n'),
  );
  writeFileSync(join(project, 'package.json'), '{ "name": "parrots", "type": "module" }\n');
  const config = join(home, '.config', 'rookery');
  mkdirSync(config, { recursive: true });
  const settings = { provider: 'litellm', model: MODEL, endpoint: model.url };
  writeFileSync(
    join(config, 'config.toml'),
    Object.entries(settings)
      .map(([key, value]) => `${key} = "${value}"\n`)
      .concat(`\n[prices]\n"litellm:${MODEL}" = { input = 2, output = 10 }\n`)
      .join(''),
    { mode: 0o600 },
  );
}

/** What a person types, and what the terminal shows. */
async function useRookery() {
  await rookery(['up', '--detach']);
  const session = [];
  for (const args of [
    ['run', 'The tests fail. Find out why, and repair it.'],
    ['submit', '--name', 'release notes', 'Write the notes of the next release.'],
    ['approvals'],
    ['list'],
  ]) {
    const output = await rookery(args);
    if (args[0] === 'submit') await rookery(['wait', output.trim().split('\n').at(-1)]);
    session.push({ typed: `rookery ${args.map((word) => (/ /.test(word) ? `"${word}"` : word)).join(' ')}`, output });
  }
  return session;
}

/** Both streams in one file, in their order, as a terminal shows them; without the place of the temporary home. */
async function rookery(args) {
  const file = join(home, 'output');
  const output = openSync(file, 'w');
  const child = spawn(process.execPath, [MAIN, ...args], { cwd: project, env, stdio: ['ignore', output, output] });
  await new Promise((ended) => child.on('close', ended));
  closeSync(output);
  return readFileSync(file, 'utf8').replaceAll(home, '~').trimEnd();
}

/** A pure function of the conversation, as the model of the tests. */
function reply({ messages }) {
  const notes = JSON.stringify(messages).includes('next release');
  const call = (name, args, content) => ({
    content,
    calls: [{ id: `call_${messages.length}`, name, args }],
    usage: { input: 400 + 150 * messages.length, output: 60 },
    delayMs: 400,
  });
  if (notes) return call('web_fetch', { url: 'https://parrots.example/releases' }, 'I look at what was released last.');
  const steps = [
    call('list_files', {}, 'I look at the files first.'),
    call('shell', { command: 'node --test' }, 'I run the tests.'),
    call('read_file', { path: 'count.js' }, 'The count is one too small.'),
    call('edit_file', { path: 'count.js', old: 'birds.length - 1', new: 'birds.length' }, 'One is subtracted.'),
    call('shell', { command: 'node --test' }, 'I run the tests again.'),
  ];
  const answer = 'The tests pass now. count() in count.js subtracted one from the number of birds; I removed that.';
  return steps[repliesIn(messages)] ?? { content: answer, usage: { input: 1900, output: 40 }, delayMs: 400 };
}

// --- the pictures

function asSvg(session) {
  const lines = session.flatMap(({ typed, output }) => [
    { kind: 'typed', text: `$ ${typed}` },
    ...output.split('\n').flatMap((line) => wrapped(line).map((text) => ({ kind: 'said', text }))),
    { kind: 'said', text: '' },
  ]);
  const [width, step, top] = [COLUMNS * 8.4 + 40, 20, 58];
  const height = top + lines.length * step;
  const text = lines.map(
    ({ kind, text: line }, n) =>
      `<text x="20" y="${top + n * step}" class="${kind}" xml:space="preserve">${escaped(line)}</text>`,
  );
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" role="img" aria-label="A session of rookery in a terminal">
<style>text { font: 14px ui-monospace, SFMono-Regular, Menlo, Consolas, 'DejaVu Sans Mono', monospace; fill: #c9d1d9 } .typed { fill: #7ee787; font-weight: 600 }</style>
<rect width="${width}" height="${height}" rx="10" fill="#0d1117"/>
<circle cx="24" cy="20" r="6" fill="#ff5f57"/><circle cx="44" cy="20" r="6" fill="#febc2e"/><circle cx="64" cy="20" r="6" fill="#28c840"/>
${text.join('\n')}
</svg>
`;
}

function wrapped(line) {
  return line.length <= COLUMNS ? [line] : [line.slice(0, COLUMNS), ...wrapped(line.slice(COLUMNS))];
}

function escaped(text) {
  return text.replace(/&/g, '&amp;').replace(/</g, '&lt;').replace(/>/g, '&gt;');
}

async function photograph(done, waiting) {
  const browser = await launchChromium(chromium);
  try {
    const context = await browser.newContext({ viewport: { width: 1560, height: 1300 } });
    await context.addInitScript((columns) => {
      const shown = columns.map((label) => ({ label, pinned: false }));
      localStorage.setItem('namespace-workflow-table-columns', JSON.stringify({ default: shown }));
    }, COLUMNS_OF_LIST);
    const page = await context.newPage();
    // From the title down, without the navigation beside it.
    const take = (name, height) =>
      page.screenshot({ path: join(IMAGES, name), clip: { x: 266, y: 100, width: 1294, height } });
    await page.goto((await addressOf([done])).replace(/\/[^/]+\/user-metadata$/, ''));
    await readUntil(page, ['iteration 5', 'Completed']);
    // Of the input what matters: below that it names the temporary home.
    await page.addStyleTag({ content: '.cm-scroller { max-height: 244px !important; overflow: hidden !important }' });
    await take('web-ui.png', 950);
    await page.goto(await addressOf([waiting]));
    await readUntil(page, ['rookery approve', 'web_fetch']);
    await take('web-ui-waiting.png', 900);
    await page.goto(await addressOf([]));
    await readUntil(page, ['approval', 'release notes', 'Completed']);
    await take('web-ui-list.png', 420);
  } finally {
    await browser.close();
  }
}

async function addressOf(words) {
  return (await rookery(['ui', ...words])).match(/http:\S+/)[0];
}
