import { describe, expect, test } from 'vitest';
import { allowsSecrets, checkAllow, offered } from '../../src/policy/judge.js';
import { originate, type Rule } from '../../src/policy/rule.js';
import { ask, fetched, type Given, question, read, shell, TOOLS, WORKSPACE, write } from './support.js';

const SIGNED = { allow: [], signed: true, yes: false };
const UNSIGNED = { allow: ['write', 'shell', 'web_fetch'], signed: false, yes: true };
const SANDBOX = { sandboxed: true };
const TAINTED: Given = { labels: ['private', 'untrusted'] };

describe('without rules', () => {
  test.each([
    ['a read in the workspace runs', read('src/a.ts'), 'run', 'default: reads run'],
    ['a read outside is refused', read('/etc/passwd'), 'refuse', 'default: reads outside'],
    ['so is one that climbs out', read('src/../../x'), 'refuse', 'default: reads outside'],
    [
      'a neighbour with the same beginning is outside',
      read('/home/me/project-evil/x'),
      'refuse',
      'default: reads outside',
    ],
    ['the workspace by its whole path is inside', read(`${WORKSPACE}/a`), 'run', 'default: reads run'],
    ['a write in the workspace runs', write('src/a.ts'), 'run', 'default: writes run'],
    ['a write outside is refused', write('/tmp/x'), 'refuse', 'default: writes outside'],
    ['a write that names no file asks', ask('write_file', {}), 'ask', 'default: everything else asks'],
    ['a shell line in the sandbox runs', shell('make', SANDBOX), 'run', 'default: the sandbox'],
    ['without a sandbox it asks', shell('make'), 'ask', 'default: other commands ask'],
    ['unless all of it only reads', shell('git diff | head'), 'run', 'default: harmless commands run'],
    ['a program that names no line asks', ask('shell', {}, SANDBOX), 'ask', 'default: everything else asks'],
    ['a well-known site may be fetched', fetched('docs.rs'), 'run', 'default: public sites run'],
    ['with any dot and case', fetched('Docs.RS.'), 'run', 'default: public sites run'],
    ['another one asks', fetched('example.com'), 'ask', 'default: the network asks'],
    [
      'and so does a well-known one in other hands',
      ask('github__get', { hosts: ['docs.rs'] }),
      'ask',
      'default: the network asks',
    ],
    ['a look-alike asks', fetched('docs.rs.example.com'), 'ask', 'default: the network asks'],
    ['a search asks', ask('web_search', {}), 'ask', 'default: the network asks'],
  ] as const)('%s', (_, ruling, verdict, rule) => {
    expect(ruling).toMatchObject({ verdict, rule });
  });
});

describe('rules', () => {
  const RUN_SRC: Rule = { do: 'run', tool: 'write_file', path: 'src/**' };

  test('the first that matches decides', () => {
    const rules: Rule[] = [
      { do: 'ask', path: 'src/secret/**' },
      { do: 'refuse', effect: 'write', path: 'src/**', reason: 'Sources are frozen.' },
      { do: 'run', effect: 'write' },
    ];
    expect(write('src/secret/a', { rules })).toMatchObject({ verdict: 'ask', rule: 'user file rule 1' });
    expect(write('src/a', { rules })).toEqual({
      verdict: 'refuse',
      reason: 'Sources are frozen.',
      rule: 'user file rule 2',
    });
    expect(write('/tmp/a', { rules })).toMatchObject({ verdict: 'run', rule: 'user file rule 3' });
    expect(read('src/a', { rules })).toMatchObject({ verdict: 'run', rule: 'default: reads run' });
  });

  test('all conditions of a rule must hold, any of a list', () => {
    const rules: Rule[] = [{ do: 'refuse', tool: ['write_file', 'edit_file'], path: ['a/**', 'b/**'] }];
    expect(write('b/x', { rules }).verdict).toBe('refuse');
    expect(write('c/x', { rules }).verdict).toBe('run');
    expect(read('b/x', { rules }).verdict).toBe('run');
  });

  test('run needs every path, ask and refuse need one', () => {
    const both = (rules: Rule[]) => ask('write_file', { paths: ['src/a', '/tmp/b'] }, { rules }).verdict;
    expect(both([RUN_SRC])).toBe('refuse');
    expect(both([{ ...RUN_SRC, path: ['src/**', '/tmp/*'] }])).toBe('run');
    expect(both([{ do: 'refuse', path: '/tmp/**' }])).toBe('refuse');
  });

  test('run needs every host, ask and refuse need one', () => {
    const both = (rules: Rule[]) => ask('web_fetch', { hosts: ['a.example.com', 'b.test'] }, { rules }).verdict;
    expect(both([{ do: 'run', host: '*.example.com' }])).toBe('ask');
    expect(both([{ do: 'run', host: ['*.example.com', 'b.test'] }])).toBe('run');
    expect(both([{ do: 'refuse', host: 'b.test' }])).toBe('refuse');
  });

  test('run needs every simple command, ask and refuse need one', () => {
    const run: Rule[] = [{ do: 'run', command: 'npm test *' }];
    expect(shell('npm test --silent', { rules: run }).verdict).toBe('run');
    expect(shell('npm test; npm publish', { rules: run }).verdict).toBe('ask');
    const refuse: Rule[] = [{ do: 'refuse', command: 'git push *' }];
    expect(shell('npm test && git push origin main', { rules: refuse, ...SANDBOX }).verdict).toBe('refuse');
    for (const line of [
      '/usr/bin/git push',
      'git -C x push',
      'sudo git push',
      "sh -c 'git push'",
      'ls | xargs git push',
    ])
      expect([line, shell(line, { rules: refuse, ...SANDBOX }).verdict]).toEqual([line, 'refuse']);
  });

  test('what cannot be read asks where a rule might mean it, also in the sandbox and with --allow', () => {
    const rules: Rule[] = [{ do: 'refuse', command: 'git push *' }];
    for (const line of [
      '$(echo git) push',
      'eval x',
      'A=1 git push',
      'g() { git push; }; g',
      'python3 -c x',
      'watch git push',
    ])
      expect([
        line,
        shell(line, { rules, allow: ['shell'], ...SANDBOX, authority: { ...SIGNED, allow: ['shell'] } }).verdict,
      ]).toEqual([line, 'ask']);
  });

  test('a condition never holds for a call that names nothing of the kind', () => {
    for (const rule of [{ path: '**' }, { host: 'a.test' }, { command: 'ls *' }] as const)
      expect(ask('github__get', {}, { rules: [{ do: 'refuse', ...rule }] }).verdict).toBe('ask');
  });

  test('tools by glob, by their other name and by effect', () => {
    expect(ask('github__get', {}, { rules: [{ do: 'run', tool: 'github__*' }] }).verdict).toBe('run');
    expect(ask('gitlab__get', {}, { rules: [{ do: 'run', tool: 'github__*' }] }).verdict).toBe('ask');
    expect(shell('make', { rules: [{ do: 'run', tool: 'shell_exec' }] }).verdict).toBe('run');
    expect(ask('other', {}, { rules: [{ do: 'refuse', effect: ['network', 'execute'] }] }).verdict).toBe('refuse');
  });

  test('paths: hidden ones match, outside only absolute globs do, and refusing folds spelling', () => {
    const refuse = (path: string): Given => ({ rules: [{ do: 'refuse', path }] });
    expect(read('a/.x/b', refuse('a/**')).verdict).toBe('refuse');
    expect(read('a', refuse('a/**')).verdict).toBe('refuse');
    expect(read('a/b/c', refuse('a/*')).verdict).toBe('run');
    expect(read('../x', refuse('**')).rule).toBe('default: reads outside');
    expect(read('../x', refuse('/home/me/x')).verdict).toBe('refuse');
    expect(read(`${WORKSPACE}/a/b`, refuse('a/*')).verdict).toBe('refuse');
    expect(read('A/CAFE\u0301', refuse('a/caf\u00e9')).verdict).toBe('refuse');
    expect(write('/TMP/x', { rules: [{ do: 'run', path: '/tmp/*' }] }).verdict).toBe('refuse');
    expect(read('a/'.repeat(800), refuse('b')).verdict).toBe('ask');
  });
});

describe('patterns of commands', () => {
  const covered = (command: string | string[], line: string) =>
    shell(line, { rules: [{ do: 'run', command }] }).rule === 'user file rule 1';

  test.each([
    ['make *', 'make'],
    ['make *', 'make all -j4'],
    ['make', 'make'],
    ['npm run build', 'npm run build'],
    ['git commit -m *', "git commit -m 'a b'"],
    ['timeout 60 npm test *', 'timeout 60 npm test --silent'],
    ['python3 -m pytest *', 'python3 -m pytest -q tests'],
    ['python3 manage.py *', 'python3 manage.py check'],
    ["node -e '1'", 'node -e 1'],
    ['make', 'make 2>/dev/null'],
    ['= make > out', 'make > out'],
  ])('%s covers %s', (pattern, line) => expect(covered(pattern, line)).toBe(true));

  test.each([
    ['make', 'make all'],
    ['make all', 'make'],
    ['make *', './make'],
    ['make *', 'make > out'],
    ['make *', 'make --eval=x'],
    ['make *', 'make; rm x'],
    ['make *', 'make $(rm x)'],
    ['make *', 'A=1 make'],
    ['make *', 'make *'],
    ['git *', 'git -c core.pager=x log'],
    ['git *', 'git config core.pager x'],
    ['git log *', 'git log --output=x'],
    ['git log *', 'git log --outp x'],
    ['git status *', 'git status; git push'],
    ['env *', 'env rm x'],
    ['xargs *', 'ls | xargs rm'],
    ['xargs grep *', 'xargs grep x'],
    ['timeout *', 'timeout 5 rm x'],
    ['sudo *', 'sudo rm x'],
    ['sh *', "sh -c 'rm x'"],
    ['python3 *', "python3 -c 'x'"],
    ['python3 *', 'python3 -m http.server'],
    ['node *', 'node -e x'],
    ['find *', 'find . -exec rm {} +'],
    ['find *', 'find . -delete'],
    ['sed *', 'sed -i p x'],
    ['sed -n *', "sed -n 'w out' x"],
    ['awk *', "awk '{system($0)}' x"],
    ['sort *', 'sort -o out x'],
    ['tar *', 'tar tf x --checkpoint-action=exec=x'],
    ['rg *', 'rg --pre x y'],
    ['watch *', 'watch rm x'],
    ['npx *', 'npx evil'],
    ['= make > out', 'make  > out'],
    ['ls', "ls ''"],
  ])('%s does not cover %s', (pattern, line) => expect(covered(pattern, line)).toBe(false));

  test('a wrapper and what it runs may have a rule each', () => {
    expect(covered(['timeout *', 'npm test'], 'timeout 60 npm test')).toBe(true);
    expect(covered(['sh *', 'make'], "sh -c 'make'")).toBe(true);
  });
});

describe('fences', () => {
  const ALL: Given = {
    rules: [{ do: 'run' }],
    authority: { allow: ['write', 'shell'], signed: true, yes: true },
    ...SANDBOX,
  };

  test('a write to a protected path is refused whatever was allowed, a read is not', () => {
    expect(write('.git/hooks/pre-commit', ALL)).toMatchObject({ verdict: 'refuse', rule: 'protected paths' });
    expect(write('/home/me/.bashrc', ALL).verdict).toBe('refuse');
    expect(shell('echo x > ~/../.git/config', ALL).verdict).toBe('refuse');
    expect(shell('echo x >> .git/hooks/pre-commit', ALL).verdict).toBe('refuse');
    expect(read('.git/config', ALL).verdict).toBe('run');
  });

  test("Rookery's own files are neither read nor written", () => {
    const own = '/home/me/.local/share/rookery';
    for (const ruling of [
      read(`${own}/signing-key`, ALL),
      read('../.local/share/rookery', ALL),
      read('/home/me/.local/share/Rookery/x', ALL),
      write(`${own}/policy.json`, ALL),
      shell(`cat ${own}/signing-key`, ALL),
      shell(`x=1; cat $(echo ${own}/signing-key)`, ALL),
      shell('cat ../.local/share/rookery/signing-key', ALL),
    ])
      expect(ruling).toMatchObject({ verdict: 'refuse', rule: "Rookery's own files" });
    expect(read('/home/me/.local/share/rookery-evil', ALL).verdict).toBe('run');
  });

  test('a directory of ours that holds the workspace does not claim it', () => {
    expect(read('a', { own: ['/home/me'] }).verdict).toBe('run');
    expect(read('../key', { own: ['/home/me'] }).verdict).toBe('refuse');
    expect(read('a', { own: [WORKSPACE] }).verdict).toBe('refuse');
  });
});

describe('authority', () => {
  const allowed = (...allow: string[]): Given => ({ authority: { allow, signed: true, yes: false } });

  test('a signed --allow runs what it names', () => {
    expect(shell('make', allowed('shell'))).toEqual({
      verdict: 'run',
      reason: 'Allowed by --allow shell.',
      rule: '--allow shell',
    });
    expect(shell('make', allowed('shell_exec')).verdict).toBe('run');
    expect(write('/tmp/x', allowed('write')).verdict).toBe('run');
    expect(write('/tmp/x', allowed('write_file')).verdict).toBe('run');
    expect(ask('github__get', {}, allowed('github__get')).verdict).toBe('run');
    for (const names of [['write'], ['Shell', 'shell ', '*', ''], ['secrets']])
      expect(shell('make', allowed(...names)).verdict).toBe('ask');
    expect(ask('secrets', {}, allowed('secrets')).verdict).toBe('ask');
  });

  test('rules come before it', () => {
    expect(shell('make', { ...allowed('shell'), rules: [{ do: 'refuse', tool: 'shell' }] }).verdict).toBe('refuse');
  });

  test('an unsigned start reads the workspace and nothing else, whatever it says', () => {
    const given: Given = { authority: UNSIGNED, rules: [{ do: 'run' }], ...SANDBOX };
    expect(read('a', given).verdict).toBe('run');
    for (const ruling of [
      read('/etc/passwd', given),
      write('a', given),
      shell('ls', given),
      fetched('docs.rs', given),
      ask('read_file', {}, given),
    ])
      expect(ruling).toMatchObject({ verdict: 'refuse', rule: 'unsigned start' });
    expect(read('a', { ...given, rules: [{ do: 'ask', path: 'a' }] }).verdict).toBe('refuse');
  });

  test('--yes turns asking into running and leaves refusals', () => {
    const yes: Given = { authority: { ...SIGNED, yes: true } };
    expect(shell('make', yes)).toMatchObject({ verdict: 'run', rule: '--yes (default: other commands ask)' });
    expect(shell('make', yes).reason).toContain('--yes');
    expect(write('.git/config', yes).verdict).toBe('refuse');
    expect(shell('make', { ...yes, rules: [{ do: 'refuse', tool: 'shell' }] }).verdict).toBe('refuse');
  });

  test('the rule of two: a task that has read private and untrusted content asks before each change, whatever allowed it', () => {
    const all: Given = { ...allowed('shell', 'write', 'web_fetch'), rules: [{ do: 'run' }], ...SANDBOX, ...TAINTED };
    for (const ruling of [write('a', all), shell('ls', all), fetched('docs.rs', all)])
      expect(ruling).toMatchObject({ verdict: 'ask', rule: 'rule of two' });
    expect(read('a', all).verdict).toBe('run');
    for (const label of ['private', 'untrusted'] as const)
      expect(write('a', { ...all, labels: [label] }).verdict).toBe('run');
    expect(write('a', { ...all, authority: { ...SIGNED, yes: true } }).verdict).toBe('run');
    expect(write('.git/x', { ...all, authority: { ...SIGNED, yes: true } }).verdict).toBe('refuse');
  });

  test('credential files need a signed word of their own', () => {
    expect(allowsSecrets({ allow: ['secrets'], signed: true })).toBe(true);
    expect(allowsSecrets({ allow: ['secrets'], signed: false })).toBe(false);
    expect(allowsSecrets({ allow: ['write', 'shell'], signed: true })).toBe(false);
  });
});

test('the model is told of what may run or be asked', () => {
  const tools = ['read_file', 'write_file', 'shell', 'web_fetch'].map((name) => question(name, {}).tool);
  const names = (rules: Rule[], authority = SIGNED) =>
    offered({ rules: originate(rules, 'user file') }, tools, authority).map(({ name }) => name);
  expect(names([])).toEqual(['read_file', 'write_file', 'shell', 'web_fetch']);
  expect(names([], { ...UNSIGNED, allow: [] })).toEqual(['read_file']);
  expect(names([{ do: 'refuse', effect: ['execute', 'network'] }])).toEqual(['read_file', 'write_file']);
  expect(
    names([
      { do: 'run', tool: 'shell', command: 'ls' },
      { do: 'refuse', tool: 'shell' },
    ]),
  ).toContain('shell');
  expect(names([{ do: 'refuse', tool: 'shell', command: 'rm *' }])).toContain('shell');
});

test('the tools of background commands are offered and run where shell is offered', () => {
  const tools = ['read_file', 'shell', 'shell_output', 'shell_kill'].map((name) => question(name, {}).tool);
  const names = (rules: Rule[], authority = SIGNED) =>
    offered({ rules: originate(rules, 'user file') }, tools, authority).map(({ name }) => name);
  expect(names([])).toEqual(['read_file', 'shell', 'shell_output', 'shell_kill']);
  expect(names([{ do: 'refuse', tool: 'shell' }])).toEqual(['read_file']);
  expect(names([], { ...UNSIGNED, allow: [] })).toEqual(['read_file']);
  for (const name of ['shell_output', 'shell_kill']) {
    expect(ask(name, {}).verdict).toBe('run');
    expect(ask(name, {}, { authority: UNSIGNED }).verdict).toBe('refuse');
  }
});

test('--allow takes each known name once, by its own name, and refuses others with what is allowed', () => {
  expect(checkAllow(['write', 'shell', 'write', 'shell_exec'], [...TOOLS.keys()])).toEqual(['write', 'shell']);
  expect(checkAllow(['github__create_issue', 'mine'], ['mine'])).toEqual(['github__create_issue', 'mine']);
  for (const name of ['', 'shel', 'mine', '__x', 'a__', 'constructor', '__proto__'])
    expect(() => checkAllow([name], [...TOOLS.keys()])).toThrow(`There is no tool '${name}' to allow.`);
  try {
    checkAllow(['all'], [...TOOLS.keys()]);
  } catch (error) {
    expect(error).toMatchObject({ code: 'usage', hint: expect.stringContaining('read_file, list_files') });
  }
});
