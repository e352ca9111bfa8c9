/** Credential files are read only with `--allow secrets`: whatever the command, in the sandbox and without one. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readdirSync, readFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { prepareLaunch } from '../../src/mcp/launch.js';
import { readsOnly } from '../../src/policy/shell/read-only-commands.js';
import { createShell } from '../../src/tools/shell.js';
import { surroundingsOf } from '../../src/tools/surroundings.js';
import { BENIGN } from '../policy/benign.js';
import { ask } from '../policy/support.js';
import { type Chance, chance, SCALE, SEEDS, sampled } from '../support/random.js';
import { sandboxHere } from '../support/sandbox.js';
import { CREDENTIALS, type CredentialSite, createCredentialSite, holdsSecret } from './credential-site.js';

const ENV = { PATH: process.env.PATH ?? '', HOME: homedir() };
const { sandbox, why } = await sandboxHere();

let site: CredentialSite;
beforeEach(() => {
  site = createCredentialSite();
});
afterEach(() => site.remove());

async function run(shell: ReturnType<typeof createShell>, command: string, secrets = false): Promise<string> {
  const context = { workspace: site.workspace, task: 'task-1', call: `call-${Math.random()}`, secrets };
  return (await shell.run({ command }, { ...context, signal: new AbortController().signal })).content;
}

function judged(command: string, allow: readonly string[] = []) {
  const { workspace } = site;
  return ask('shell', { command }, { workspace, surroundings: surroundingsOf(workspace, ENV), allow });
}

describe.skipIf(!sandbox)(`in the sandbox${why}`, () => {
  const shell = createShell({ env: ENV, ...(sandbox ? { sandbox } : {}), readsOnly });
  const WAYS: readonly string[] = [
    ...CREDENTIALS.map((path) => `cat ${path}`),
    ...[
      "grep -r '' .",
      "grep -rh Q . --include='*'",
      "rg --hidden -uuu '' .",
      "git grep --untracked ''",
      'git diff',
      'git diff HEAD',
    ],
    ...[
      'cat .e*',
      'cat .* *',
      'head -c 100 server.key',
      'tail -5 .npmrc',
      'sort .env conf/.env',
      'diff /dev/null .env',
    ],
    ...[
      'tar cf - . | cat',
      'cp .env x; cat x',
      'cp -r . /tmp/copy; cat /tmp/copy/.env',
      'mv .env x; cat x',
      'ln .env x; cat x',
    ],
    ...[
      'ln -s .env x; cat x',
      'cat innocent also-innocent linked/id_rsa',
      'cat .env.linked',
      'mv conf other; cat other/.env other/tls/*',
    ],
    ...[
      'find . -type f -exec cat {} +',
      'dd if=.env',
      'base64 -w0 .env | base64 -d',
      'xxd .env',
      'set -a; . ./.env; set',
      'while read l; do echo $l; done < .env',
    ],
    ...[
      'cat /proc/self/cwd/.env /proc/self/root$PWD/.env',
      'umount .env; cat .env',
      'rm -f .env; git checkout .env; cat .env',
      'git add -Af .; git show :.env :server.key; git diff --cached',
    ],
    ...[
      'git stash -u; git stash show -p --include-untracked',
      'perl -e \'open F, ".env"; print <F>\'',
      'cat home/.ssh/* home/.ssh/id_ed25519; ls -la home/.ssh && cat home/.aws/credentials',
    ],
    ...[
      'chmod 644 .env; cat .env',
      'mkdir d; mv home/.ssh d/; cat d/.ssh/*',
      'git hash-object -w server.key | xargs git cat-file -p',
      'cat deep/1/2/3/4/5/6/7/8/.env',
    ],
  ];

  test.each(sampled(WAYS, 0.4))('%s', async (line) => {
    expect(holdsSecret(await run(shell, line))).toBe(false);
  });

  test('with --allow secrets all of them are read', async () => {
    const printed = await run(shell, `for f in ${CREDENTIALS.join(' ')}; do cat $f; done`, true);
    expect(printed.split('\n').filter(holdsSecret)).toHaveLength(CREDENTIALS.length);
  });

  test('the files are as they were, and nothing stands in for them', async () => {
    const before = readdirSync(site.workspace);
    const inside = await run(shell, 'rm -f .env; echo x > .env; echo x > .env.new; ls -A');
    expect(readFileSync(join(site.workspace, '.env'), 'utf8')).toMatch(/^QZX7/);
    expect(
      inside
        .split('\n')
        .filter((name) => /^\.env(\.|$)/.test(name))
        .sort(),
    ).toEqual(['.env', '.env.linked', '.env.local', '.env.new']);
    expect(readdirSync(site.workspace).sort()).toEqual([...before, '.env.new'].sort());
  });

  test('other files are read, and git does not take an emptied file for a change to commit', async () => {
    expect(await run(shell, 'cat README.md conf/app.json')).toBe('plain\nplain\n');
    const git = 'git -c user.name=t -c user.email=t@example.org';
    await run(shell, `${git} commit -qam third; ${git} add -A; ${git} commit -qm fourth`);
    expect(await run(shell, 'git show HEAD:conf/.env')).toContain('A=1');
  });

  test('an MCP server does not see them either', async () => {
    const server = {
      kind: 'stdio',
      name: 'files',
      command: '/bin/cat',
      args: ['.env', 'README.md'],
      workspace: site.workspace,
    } as const;
    const launch = await prepareLaunch(server, { workdir: join(site.base, 'state'), sandbox, env: ENV });
    const [program, ...args] = launch.argv;
    const child = spawn(program, args, {
      cwd: launch.cwd,
      env: launch.env,
      stdio: ['ignore', 'pipe', 'ignore', 'pipe'],
    });
    let printed = '';
    child.stdout?.on('data', (chunk: Buffer) => {
      printed += String(chunk);
    });
    await once(child, 'close');
    await launch.release();
    expect(printed).toBe('plain\n');
  });
});

describe('without a sandbox', () => {
  const ASKED: Readonly<Record<string, string>> = {
    'cat .env': '.env',
    'head -3 conf/prod/.env.production': '.env.production',
    "grep -r '' .": '.env',
    "grep -rn '' conf": 'conf/.env',
    "grep -rn '' ./conf/": 'conf/.env',
    "grep -d recurse '' conf": 'conf/.env',
    "rg --hidden ''": '.env',
    "rg ''": 'server.key',
    "rg -g '.env*' ''": '.env',
    "rg -uu '' conf": 'conf/.env',
    'cat .e*': '.e*',
    'cat server.*': 'server.key',
    'cat s[e]rver.?ey': 'server.key',
    'cat *': 'server.key',
    'cat conf/*': 'conf/id_rsa',
    'cd conf && cat *': 'conf/id_rsa',
    'sort conf/*/*.pem': '*.pem',
    'diff -r conf src': 'conf/.env',
    'diff conf src': 'conf/.env',
    'cat innocent': 'innocent',
    'cat linked/id_rsa': 'linked/id_rsa',
    'cat i*': 'innocent',
    'sha256sum server.*': 'server.key',
    'git grep -n A=': 'conf/.env',
    "git grep --untracked ''": '.env',
    'git diff': 'conf/.env',
    'git diff -- conf': 'conf/.env',
    'git log -p': 'conf/.env',
    'git show': 'conf/.env',
    'git stash show -p': 'conf/.env',
    'git show HEAD:conf/.env': 'conf/.env',
    'git log -L 1,1:conf/.env': 'conf/.env',
    'git status -v': 'conf/.env',
    'timeout 5 cat *': 'server.key',
    "cat README.md | grep -r ''": '.env',
  };

  test.each(Object.entries(ASKED))('asks, and names it: %s', (line, name) => {
    const { verdict, reason } = judged(line);
    expect([verdict, reason]).toEqual(['ask', expect.stringContaining(name)]);
    expect(judged(line, ['secrets']).verdict === 'run' || !/which may hold credentials/.test(reason)).toBe(true);
  });

  test.each([
    ...[
      'cat README.md',
      'grep -rn foo src',
      "grep -rn --include='*.ts' foo .",
      'rg foo src',
      'rg -t ts foo',
      "rg -g '*.ts' foo",
      'rg --files',
    ],
    ...[
      'ls -la',
      'find . -type f',
      'cat *.md',
      'cat src/*',
      'git status',
      'git log --oneline',
      'git diff --stat',
      'git diff -- src',
    ],
    ...[
      'git show HEAD:README.md',
      'git show --stat',
      'wc -l *',
      'tree',
      'du -sh .',
      'diff README.md data.txt',
      'git grep -l plain',
    ],
  ])('runs where none is reached: %s', (line) => expect(judged(line)).toMatchObject({ verdict: 'run' }));

  test('where there are none, nothing more is asked', () => {
    const asked = BENIGN.filter((line) => ask('shell', { command: line }).verdict !== 'run');
    expect(asked.length).toBeLessThanOrEqual(BENIGN.length * 0.05);
  });

  test.each(SEEDS)(
    'a line that runs unasked prints none of them, seed %i',
    async (seed) => {
      const random = chance(seed);
      const shell = createShell({ env: ENV, readsOnly });
      const lines = Array.from({ length: Math.ceil(10_000 * SCALE) }, () => readingLine(random));
      const surroundings = surroundingsOf(site.workspace, ENV);
      const unasked = lines.filter(
        (command) => ask('shell', { command }, { workspace: site.workspace, surroundings }).verdict === 'run',
      );
      expect(unasked.length).toBeGreaterThan(0);
      for (let at = 0; at < unasked.length; at += 50) {
        const group = unasked.slice(at, at + 50);
        if (!holdsSecret(await run(shell, group.map((line) => `(${line}) 2>/dev/null`).join('\n')))) continue;
        for (const line of group) expect([line, holdsSecret(await run(shell, line))]).toEqual([line, false]);
      }
    },
    600_000,
  );
});

// ---

const COMMANDS = [
  ...[
    'cat',
    'cat -A',
    'head -3',
    'tail -n 2',
    'tac',
    'nl',
    'sort',
    'sort -u',
    'rev',
    'fold -w 40',
    'expand',
    'fmt',
    'column -t',
  ],
  ...[
    'cut -c1-40',
    'paste',
    'strings',
    'xxd',
    'od -c',
    'hexdump -C',
    'cmp',
    'comm',
    'diff',
    'diff -r',
    'diff -ru',
    'uniq',
    "sed -n '1,5p'",
  ],
  ...[
    "awk '{print $1}'",
    "grep ''",
    "grep -r ''",
    "grep -rn ''",
    "grep -h ''",
    "egrep -r '.'",
    "grep -rn --include='*.ts' ''",
    "grep -r --include='*e*' ''",
  ],
  ...[
    "rg ''",
    "rg --hidden ''",
    "rg -uu ''",
    "rg -u ''",
    "rg -g '*' ''",
    "rg -g '!src' ''",
    "rg -g '*.key' ''",
    "rg -t ts ''",
    "rg -t json ''",
    "rg -t config ''",
  ],
  ...[
    "git grep ''",
    "git grep --untracked ''",
    'git diff',
    'git diff HEAD',
    'git diff --',
    'git log -p',
    'git log -p --',
    'git show',
    'git stash show -p',
  ],
  ...[
    'git blame',
    'git diff --stat',
    'git show HEAD --',
    'wc',
    'file',
    'ls -la',
    'find',
    'jq .',
    'git diff -U0 --word-diff',
    'git status -v',
  ],
];

const OPERANDS = [
  ...[
    '',
    '.',
    './',
    'conf',
    './conf',
    'conf/',
    'conf/..',
    'src',
    'src/',
    'README.md',
    '.env',
    './.env',
    'conf/.env',
    'conf/../.env',
    '.e*',
    '.en?',
  ],
  ...[
    '.[e]nv',
    '*',
    '*/*',
    '*/*/*',
    'conf/*',
    'conf/.*',
    '.*',
    '*.*',
    '*.key',
    'server.*',
    'server.[kp]*',
    '?erver.key',
    'c*',
    'conf/prod',
    '**',
    '"*"',
  ],
  ...[
    'innocent',
    'linked',
    'linked/*',
    'linked/',
    'also*',
    'i*',
    "'.env'",
    '.e""nv',
    '{.env,README.md}',
    'home',
    'home/.ssh',
    'home/*',
    'deep',
    'app',
    'app/*',
    '*.json',
  ],
  ...[
    '-- .env',
    '-- .',
    '-- conf',
    '-- src',
    '< .env',
    '< data.txt',
    'data.txt',
    'conf/*.json',
    'conf/*/*',
    '.env.linked',
    '[!a]*',
    '[a-z]*',
    '~/x',
    'c[o]nf',
    '*onf/*',
  ],
];

function readingLine(random: Chance): string {
  const operands = Array.from({ length: 1 + random.below(2) }, () => random.pick(OPERANDS)).join(' ');
  const line = `${random.pick(COMMANDS)} ${operands}`.trim();
  const before = random.pick([
    '',
    '',
    '',
    '',
    'cd conf && ',
    'cd src && ',
    'timeout 5 ',
    'cd conf; cd ..; ',
    'ls; ',
    'cat data.txt | ',
  ]);
  return `${before}${line}${random.pick(['', '', ' | head -50', ' | sort', ' | cat'])}`;
}
