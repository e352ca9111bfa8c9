/** Ways of writing a path: those by which file tools of others were led outside, and odd names that are only names. */
import { join } from 'node:path';

export interface Ground {
  readonly workspace: string;
  readonly outside: string;
}

/** Links that `plant` makes in the workspace: name and where it leads. */
export function linksOut({ workspace, outside }: Ground): [string, string][] {
  const up = '../'.repeat(workspace.split('/').length);
  return [
    ['l-file', join(outside, 'canary')],
    ['l-dir', join(outside, 'trap')],
    ['l-up', '..'],
    ['l-up-slash', '../'],
    ['l-root', '/'],
    ['l-relative', '../canary'],
    ['l-long', `${up}${outside.slice(1)}/canary`],
    ['l-chain1', 'l-file'],
    ['l-chain2', 'dir/../l-chain1'],
    ['l-dangling', join(outside, 'fresh')],
    ['l-proc', '/proc/self'],
    ['l-cwd', '/proc/self/cwd'],
    ['l-procroot', '/proc/self/root'],
    ['l-fd', '/proc/self/fd'],
    ['l-devfd', '/dev/fd'],
    ['l-stdin', '/dev/stdin'],
    ['l-null', '/dev/null'],
    ['l-evil', `${workspace}-evil`],
    ['dir/l-file', '../../canary'],
    ['dir/l-up', '../..'],
    ['dir/sub/l-dir', '../../../trap'],
  ];
}

/** Every one leads outside, or would if a program decoded it, trimmed it or followed it. */
export function spellings(ground: Ground): string[] {
  const { workspace, outside } = ground;
  const goals = ['canary', 'trap/deep', 'trap', 'fresh', 'trap/fresh'];
  const climbs = goals.flatMap((goal) =>
    [
      ...['../', './../', 'dir/../../', 'dir/sub/../../../', 'nope/../../', 'dir/a.txt/../../../', '..//', './/..//./'],
      ...[
        '....//../../',
        '../dir/../',
        `../${workspace.split('/').at(-1)}/../`,
        `../${workspace.split('/').at(-1)}-evil/`,
      ],
    ].map((climb) => climb + goal),
  );
  const absolute = goals.flatMap((goal) => {
    const path = join(outside, goal);
    const roots = [
      '/proc/self/root',
      '/proc/thread-self/root',
      `/proc/${process.pid}/root`,
      '/proc/1/root',
      '/proc/self/task/self/root',
    ];
    return [
      ...[path, `/${path}`, `//${path}`, `/.${path}`, `/..${path}`, `${path}/`, `${path}/.`, `/../../..${path}`],
      ...[`file:${path}`, `file://${path}`, `FILE://${path}`, `file://localhost${path}`, `File:///${path}`],
      ...[`${workspace}/../${goal}`, `${workspace}-evil/../${goal}`, `${workspace}/dir/../../${goal}`],
      ...roots.map((root) => root + path),
    ];
  });
  const encoded = ['%2e%2e/', '%2e%2e%2f', '..%2f', '%2e./', '%252e%252e%252f', '..%252f', '..%c0%af', '%c0%ae%c0%ae/']
    .concat([
      '..%ef%bc%8f',
      '%uff0e%uff0e/',
      '..\\',
      '..%5c',
      '..%255c',
      '&#46;&#46;/',
      '\\u002e\\u002e/',
      '%%32%65%%32%65/',
    ])
    .flatMap((climb) => ['canary', 'trap/deep', 'fresh'].map((goal) => climb + goal));
  const lookalikes = [
    '․․/',
    '．．/',
    '..⁄',
    '..∕',
    '..／',
    '.\u200b./',
    '..\u200b/',
    '.. /',
    ' ../',
    '..\t/',
    '..\u00a0/',
    '..;/',
    '..\r/',
    '...\u0008/',
  ].flatMap((climb) => ['canary', 'trap/deep'].map((goal) => climb + goal));
  const linked = linksOut(ground).flatMap(([name]) =>
    [
      '',
      '/',
      '/canary',
      '/trap/deep',
      '/deep',
      '/fresh',
      '/../canary',
      `/root${outside}/canary`,
      `${outside}/canary`,
      '/0',
      '/environ',
    ].map((rest) => name + rest),
  );
  const magic = ['/proc/self/environ', '/proc/self/cwd', `/proc/${process.pid}/cwd/package.json`, '/proc/self/fd/0']
    .concat([
      '/proc/self/mem',
      '/proc/self/maps',
      '/dev/fd/0',
      '/dev/fd/../../etc/passwd',
      '/dev/stdin',
      '/dev/zero',
      '/dev/tcp/127.0.0.1/1',
    ])
    .concat([
      '/etc/passwd',
      '/',
      '/.',
      '..',
      '../',
      '../..',
      `${workspace}-evil/canary`,
      `${workspace}-evil`,
      `${workspace}x/../canary`,
    ]);
  const broken = ['../canary\0', '../canary\0.txt', 'dir/a.txt\0', '\0', 'dir\0/../../canary', '\0../canary']
    .concat([
      '../canary.',
      '../canary ',
      '../canary...',
      '../canary::$DATA',
      '../CANARY/../canary',
      '~/canary',
      '~root',
      '$HOME/canary',
    ])
    .concat([
      '\\\\?\\C:\\canary',
      'C:\\canary',
      'C:../canary',
      '\\\\server\\share',
      '../'.repeat(900),
      `${'x/../'.repeat(700)}../canary`,
    ]);
  return [...new Set([...climbs, ...absolute, ...encoded, ...lookalikes, ...linked, ...magic, ...broken])];
}

/** Of what is protected, as some file system may read it. None may be written, whether it exists or not. */
export function protectedSpellings(): string[] {
  const names = [
    '.git/config',
    '.git/hooks/pre-commit',
    'sub/.git/HEAD',
    '.husky/pre-push',
    '.vscode/tasks.json',
    '.bashrc',
    '.zshenv',
    '.envrc',
    'rookery.toml',
    '.gitmodules',
  ];
  const change: ((name: string) => string)[] = [
    (name) => name,
    (name) => name.toUpperCase(),
    (name) => name.replace('i', 'I'),
    (name) => name.replace(/(\w)(?=\/|$)/, '$1.'),
    (name) => name.replace(/(\w)(?=\/|$)/, '$1 '),
    (name) => name.replace(/(\w)(?=\/|$)/, '$1::$$INDEX_ALLOCATION'),
    (name) => name.replace(/(\w)/, '\u200c$1'),
    (name) => name.replace(/([a-z])/, (char) => String.fromCharCode(char.charCodeAt(0) + 0xfee0)),
    (name) => `./dir/../${name}`,
  ];
  return [...new Set(names.flatMap((name) => change.map((one) => one(name))))];
}

/** Names that a file may have. Each must work. */
export function oddNames(): string[] {
  const signs = [...'!#$%&\'()+,;=@[]^`{}~ -_"<>|*?\\'].flatMap((sign) => [`a${sign}b`, `${sign}lead`, `trail${sign}`]);
  const words = [
    '...',
    '....',
    '.a',
    'a..b',
    '..a',
    'a..',
    '..a..',
    '-rf',
    '--help',
    '-',
    '--',
    'con',
    'nul.txt',
    'aux',
    'COM1',
    '%2e%2e',
    '%00',
    '%2f',
    '$HOME',
    '$(id)',
    '`id`',
    '~',
    '~root',
    'a\tb',
    'a\nb',
    'a\rb',
    ' ',
    '  a  ',
    'a.',
    'a ',
    'gitignore',
    '.gitignore',
    '.gitattributes',
    '.github',
    'git',
    '.gitx',
    'x.git',
    '.env.example',
    'environment',
    'key',
    'keys.txt',
    'proc',
    'dev',
    'fd',
    'self',
    'file',
    'file.txt',
    'http:',
    'C:',
    'c:\\x',
    'a:b',
    'a::b',
    'http:x',
  ];
  const scripts = [
    'ä',
    'a\u0308',
    'é',
    'e\u0301',
    'ß',
    'ẞ',
    'İ',
    'ı',
    'ſ',
    '日本語',
    '한국어',
    '\u1112\u1161\u11ab',
    'עברית',
    'العربية',
    'Ω',
    'Å',
    '\u212b',
    'ﬁ',
    '①',
    '😀',
    '👩‍👩‍👧',
    '🇩🇪',
    '\u200bzero',
    'a\u200db',
    '\u202eabc',
    '\ufeffbom',
    '․․',
    '．．',
    '／',
    '⁄',
    'x\u0300\u0301\u0302',
    '\u00a0',
    '\u3000',
    '𝒳',
    'ᴀ',
    'ǆ',
    'ŉ',
    'ϐ',
    'µ',
    'ﷺ',
  ];
  const long = ['x'.repeat(255), 'ä'.repeat(120), '日'.repeat(80), 'a'.repeat(100).concat('.txt'), '0'.repeat(64)];
  const nested = [
    'a b/c d',
    '.../...',
    '..a/b',
    'a../b',
    '%2e%2e/x',
    '..;/x',
    '..%2fx',
    '. /x',
    '.. /x',
    'x/ /y',
    '-/-',
    '~/x',
    'a\\b/c',
    '😀/😀',
    'ä/a\u0308',
    'dir/../plain',
    './here',
    'deep/'.repeat(30).concat('end'),
  ];
  return [...new Set([...signs, ...words, ...scripts, ...long, ...nested])];
}
