/** `rookery policy`: the rules in order, which of them decides a call, and forgetting what was remembered. */
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeEach, expect, test } from 'vitest';
import { rememberRule } from '../../src/policy/remembered.js';
import { type Bench, openBench } from './support.js';

let bench: Bench;
const opened: Bench[] = [];
beforeEach(async () => {
  bench = await openBench();
  opened.push(bench);
  await userFile('[[policy.rules]]\ndo = "ask"\ntool = "write_file"\npath = "src/**"\n');
});
afterAll(() => Promise.all(opened.map((one) => one.close())));

async function userFile(text: string): Promise<void> {
  const directory = join(bench.env.XDG_CONFIG_HOME ?? '', 'rookery');
  await mkdir(directory, { recursive: true });
  await writeFile(join(directory, 'config.toml'), text);
}

const projectFile = (text: string): Promise<void> => writeFile(join(bench.workspace, 'rookery.toml'), text);
const checked = (...args: string[]) => bench.json<Record<string, unknown>>(['policy', 'check', ...args]);

async function remember(): Promise<void> {
  await mkdir(bench.paths.workdir, { recursive: true });
  await rememberRule(join(bench.paths.workdir, 'policy.json'), { do: 'run', tool: 'shell', command: 'make' });
}

test('lists all rules with where they come from: the user, the project, what was remembered, the defaults', async () => {
  await projectFile('[[policy.rules]]\ndo = "run"\nhost = "*.example.com"\n');
  await remember();
  expect((await bench.run(['policy'])).stderr).toMatch(/rookery\.toml is not trusted, .* ignored: policy\.rules\./);
  await bench.run(['config', '--trust']);
  const { stdout } = await bench.run(['policy', 'list']);
  expect(stdout.split('\n').slice(0, 4)).toEqual([
    'ask     tool `write_file`, path `src/**`  (user file rule 1)',
    'run     host `*.example.com`  (project file rule 1)',
    'run     tool `shell`, command `make`  (remembered rule 1)',
    expect.stringMatching(/^refuse {2}.*\(default\)$/),
  ]);
  const { rules } = await bench.json<{ rules: { do: string; origin: string }[] }>(['policy']);
  expect(rules[0]).toEqual({ do: 'ask', tool: 'write_file', path: 'src/**', origin: 'user file rule 1' });
  expect(rules.at(-1)).toMatchObject({ do: 'ask', origin: 'default' });
});

test('says which rule decides a call, however it is written', async () => {
  expect(await checked('write_file: src/a.ts')).toMatchObject({ verdict: 'ask', rule: 'user file rule 1' });
  expect(await checked('write_file {"path":"src/a.ts"}')).toMatchObject({ verdict: 'ask', rule: 'user file rule 1' });
  expect(await checked('shell: make', '--no-sandboxed')).toMatchObject({ rule: 'default: other commands ask' });
  expect(await checked('shell: make', '--sandboxed')).toMatchObject({ verdict: 'run', rule: 'default: the sandbox' });
  expect(await checked('shell: make', '--sandboxed', '--tainted')).toMatchObject({ rule: 'rule of two' });
  expect(await checked('shell: make', '--allow', 'shell', '--no-sandboxed')).toMatchObject({ rule: '--allow shell' });
  expect(await checked('web_fetch: https://example.com/x')).toMatchObject({ verdict: 'ask' });
  expect(await checked('github__get {"id":1}')).toMatchObject({ verdict: 'ask' });
  expect(await bench.run(['policy', 'check', 'write_file: .git/config'])).toMatchObject({
    code: 0,
    stdout: expect.stringMatching(/^refuse: .*\(protected paths\)\n$/),
  });
});

test('forgets a remembered rule by its number', async () => {
  await remember();
  expect(await checked('shell: make', '--no-sandboxed')).toMatchObject({ verdict: 'run', rule: 'remembered rule 1' });
  const forgotten = await bench.run(['policy', 'forget', '1']);
  expect(forgotten).toMatchObject({ code: 0, stdout: 'forgotten: run  tool `shell`, command `make`\n' });
  expect(await checked('shell: make', '--no-sandboxed')).toMatchObject({ verdict: 'ask' });
  expect(await bench.run(['policy', 'forget', '1'])).toMatchObject({ code: 5 });
});

test.each([
  [['forget', 'x']],
  [['check']],
  [['check', 'what is this']],
  [['check', 'web_fetch: ???']],
  [['check', 'shell {"command":']],
  [['frobnicate']],
])('what makes no sense is refused with 2: policy %j', async (words) => {
  expect(await bench.run(['policy', ...words])).toMatchObject({ code: 2, stdout: '' });
});

test('a rule that is wrong is refused by its number', async () => {
  await userFile('[[policy.rules]]\ndo = "ask"\n[[policy.rules]]\ndo = "run"\npath = "{a,b}"\n');
  const ran = await bench.run(['policy']);
  expect(ran).toMatchObject({ code: 2, stdout: '' });
  expect(ran.stderr).toMatch(/config\.toml is wrong: policy rule 2, 'path': .*write a list/);
});
