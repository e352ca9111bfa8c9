/** `[sandbox]` of the user's file: what it shows, what it refuses, and that only that file may have it. */
import { once } from 'node:events';
import { mkdirSync, symlinkSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { checkWidening } from '../../src/sandbox/widening.js';
import { createShell } from '../../src/tools/shell.js';
import { sandboxHere } from '../support/sandbox.js';
import { CANARY, createSite, type Site, write } from './site.js';

const { why } = await sandboxHere();

let site: Site;
beforeEach(() => {
  site = createSite();
});
afterEach(() => site.remove());

const check = (given: object) => () => checkWidening(given, { home: site.home, own: [site.own] });

test.each([
  ['~', 'holds a whole home'],
  ['/', 'holds a whole home'],
  ['/home', 'holds a whole home'],
  ['/tmp', 'holds a whole home, a temporary directory'],
  ['relative', 'is not absolute'],
  ['~/../..', 'holds a whole home'],
  ['~/.ssh', 'is a place of credentials'],
  ['~/.ssh/known_hosts', 'is a place of credentials'],
  ['~/.aws', 'which may hold secrets'],
  ['~/.config/gh', 'which may hold secrets'],
  ['~/.m2', 'which may hold secrets'],
  ['~/.cargo', 'which may hold secrets'],
  ['~/.npmrc', 'is a place of credentials'],
  ['~/work/.env', 'is a place of credentials'],
  ['/etc/ssh', 'which may hold secrets'],
  ['~/project/state', "overlaps with Rookery's own data"],
  ['~/project/state/rookery/tasks', "overlaps with Rookery's own data"],
])('read = ["%s"] is refused', (path, problem) => {
  expect(check({ read: [path] })).toThrow(problem);
  expect(check({ write: [path] })).toThrow(problem);
});

test.each(['~/.vscode', '~/.git', '/usr/local', '~/tools/bin'])('write = ["%s"] is refused', (path) => {
  expect(check({ write: [path] })).toThrow('other programs run');
});

test.each(['GITHUB_TOKEN', 'api_key', 'HOME', 'LD_PRELOAD', 'A=B', 'ROOKERY_WORKDIR'])(
  'env = ["%s"] is refused',
  (name) => {
    expect(check({ env: [name] })).toThrow(`sandbox.env may not have '${name}'`);
  },
);

test('a symlink to a secret is refused as the secret', () => {
  symlinkSync(join(site.home, '.ssh'), join(site.home, 'harmless'));
  expect(check({ read: ['~/harmless'] })).toThrow('is a place of credentials');
});

describe.skipIf(why !== '')(`a command in the sandbox${why}`, () => {
  test('sees what the settings name, without the credentials in it, and writes only where they say', async () => {
    const [data, cache] = [join(site.home, 'data'), join(site.home, 'cache')];
    write(join(data, 'one.txt'), 'data of the person\n');
    write(join(data, '.env'), CANARY);
    mkdirSync(cache);
    const env = { PATH: process.env.PATH ?? '', CI: 'yes', OTHER: 'not passed' };
    const widening = checkWidening(
      { read: ['~/data'], write: ['~/cache'], env: ['CI'] },
      { home: site.home, own: [site.own] },
    );
    const { sandbox } = await sandboxHere({ hidden: [site.own], home: site.home, env, widening });
    const signal = new AbortController().signal;
    const { content } = await createShell({ env, sandbox }).run(
      {
        command: `cat ${data}/one.txt ${data}/.env; echo x > ${data}/new; echo kept > ${cache}/new && cat ${cache}/new; echo "$CI$OTHER"; cat ${site.home}/notes.txt`,
      },
      { workspace: site.workspace, task: 'task-1', call: 'call-1', secrets: false, signal },
    );
    expect(content).toContain('data of the person');
    expect(content).toContain('kept');
    expect(content).toContain('yes\n');
    expect(content).toContain('Read-only file system');
    expect(content).not.toContain(CANARY);
    expect(content).not.toContain('not passed');
  });

  test('does not reach a socket in a directory that is shown', async () => {
    mkdirSync(join(site.home, 'data'));
    const path = join(site.home, 'data', 's');
    const server = createServer((connection) => connection.end(CANARY)).listen(path);
    await once(server, 'listening');
    try {
      const env = { PATH: process.env.PATH ?? '' };
      const widening = checkWidening({ read: ['~/data'] }, { home: site.home, own: [site.own] });
      const { sandbox } = await sandboxHere({ hidden: [site.own], home: site.home, env, widening });
      const script =
        "require('node:net').connect(process.argv[1]).on('data', (d) => console.log(String(d))).on('error', (e) => console.log(e.code))";
      const signal = new AbortController().signal;
      const { content } = await createShell({ env, sandbox }).run(
        { command: `ls ${site.home}/data; node -e "${script}" ${path}` },
        { workspace: site.workspace, task: 'task-1', call: 'call-1', secrets: false, signal },
      );
      expect(content).toContain('ECONNREFUSED');
      expect(content).not.toContain(CANARY);
    } finally {
      server.close();
    }
  });
});
