/** MCP servers in settings files and flags: what is understood, what is refused, and which of two with one name counts. */
import { describe, expect, test } from 'vitest';
import { parseFile } from '../../src/config/file-settings.js';
import { mcpServers, toFlag } from '../../src/config/mcp-settings.js';

async function servers(flags: readonly string[], texts: { user?: string; project?: string } = {}) {
  const tables = async (text = '') => (await parseFile('config.toml', text)).mcp;
  return mcpServers({
    flags,
    user: { tables: await tables(texts.user), base: '/home/me/.config/rookery' },
    project: { tables: await tables(texts.project), base: '/src/app' },
  });
}

test('a file names command, arguments and variables, or an address with headers', async () => {
  const user = `[mcp.github]
command = "github-mcp"
args = ["stdio", "--read-only"]
env = ["GITHUB_TOKEN"]
network = ["api.github.com"]
sandbox = "off"
[mcp.docs]
url = "https://docs.example/mcp"
headers_env = { Authorization = "DOCS_TOKEN" }
`;
  expect(await servers([], { user })).toEqual([
    {
      name: 'github',
      command: 'github-mcp',
      args: ['stdio', '--read-only'],
      env: ['GITHUB_TOKEN'],
      network: ['api.github.com'],
      sandbox: 'off',
      origin: 'user file',
    },
    { name: 'docs', url: 'https://docs.example/mcp', headers: { Authorization: 'DOCS_TOKEN' }, origin: 'user file' },
  ]);
});

test('a path means what it means where it is named', async () => {
  const user = '[mcp.a]\ncommand = "./a.sh"\nworkspace = "w"\n';
  const project = '[mcp.b]\ncommand = "bin/b"\n';
  expect(await servers(['c=./c.sh x', 'd=node ./d.js'], { user, project })).toMatchObject([
    { command: '/home/me/.config/rookery/a.sh', workspace: '/home/me/.config/rookery/w' },
    { command: '/src/app/bin/b' },
    { command: '/src/app/c.sh', args: ['x'] },
    { command: 'node', args: ['./d.js'] },
  ]);
});

test('of two with one name the flag goes before the project, and the project before the user', async () => {
  const file = (command: string) => `[mcp.x]\ncommand = "${command}"\n[mcp.${command}]\ncommand = "${command}"\n`;
  const all = await servers(['x=flag'], { user: file('mine'), project: file('theirs') });
  expect(all.map(({ name, origin }) => `${name}: ${origin}`)).toEqual([
    'x: flag',
    'mine: user file',
    'theirs: project file',
  ]);
});

test("a project's file turns no sandbox off, not even a trusted one", async () => {
  const project = '[mcp.x]\ncommand = "x"\nsandbox = "off"\n';
  await expect(servers([], { project })).rejects.toMatchObject({
    code: 'usage',
    message: expect.stringContaining('sandbox'),
  });
  await expect(servers(['{"name":"x","command":"x","sandbox":"off"}'])).rejects.toMatchObject({ code: 'usage' });
  expect(await servers([], { project: '[mcp.x]\ncommand = "x"\nsandbox = "on"\n' })).toHaveLength(1);
});

test.each([
  ['x=node s.js', ['node', 's.js']],
  ['x=node \'my file.js\' "a \\"b\\" $c"', ['node', 'my file.js', 'a "b" $c']],
  ['x=a  b\tc\n', ['a', 'b', 'c']],
  ["x=a ''", ['a', '']],
  ['x=a b\\ c --k=v', ['a', 'b c', '--k=v']],
  ['x=a $(rm) `x` ; | > *', ['a', '$(rm)', '`x`', ';', '|', '>', '*']],
])('the flag %j is words, and nothing that a shell would do', async (flag, words) => {
  const [server] = await servers([flag]);
  expect(server).toMatchObject({ name: 'x', command: words[0], args: words.slice(1), origin: 'flag' });
});

test('a flag may name an address, or give the long form, which comes back as it was', async () => {
  const [web, long] = await servers([
    'web=http://127.0.0.1:8080/mcp?x=1',
    '{"name":"long","command":"x","args":["a b"],"env":["A"],"network":["h"],"workspace":"/w"}',
  ]);
  expect(web).toEqual({ name: 'web', url: 'http://127.0.0.1:8080/mcp?x=1', origin: 'flag' });
  expect(long).toMatchObject({ name: 'long', args: ['a b'], env: ['A'], network: ['h'], workspace: '/w' });
  for (const server of [web, long]) {
    if (!server) throw new Error('it is missing');
    expect(await servers([toFlag(server)])).toEqual([server]);
  }
});

describe('what is wrong is said in one sentence', () => {
  test.each([
    'x',
    '=node',
    'a__b=node',
    'x=',
    'x=   ',
    '-=',
    `${'n'.repeat(25)}=node`,
    "x=node 'open",
    '{"name":"x"',
    '{"name":"x"}',
  ])('the flag %s', async (flag) => {
    await expect(servers([flag])).rejects.toMatchObject({ code: 'usage', message: expect.stringContaining('--mcp') });
  });

  test.each([
    '[mcp.a__b]\ncommand = "x"',
    '[mcp.x]',
    '[mcp.x]\ncommand = "x"\nurl = "http://h/"',
    '[mcp.x]\nurl = "http://h/"\nenv = ["A"]',
    '[mcp.x]\nurl = "file:///etc/passwd"',
    '[mcp.x]\nurl = "http://me:secret@h/"',
    '[mcp.x]\ncommand = "x"\nheaders_env = { A = "B" }',
    '[mcp.x]\ncommand = "x"\nenv = ["A=secret"]',
    '[mcp.x]\ncommand = "x"\nshell = true',
  ])('the file %j', async (user) => {
    await expect(servers([], { user })).rejects.toMatchObject({
      code: 'usage',
      message: expect.stringContaining('config.toml is wrong'),
    });
  });
});
