/** Every command of README.md and docs/ is run by a test, or left out for a reason of a closed list. */
import { existsSync, readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { compareOutput } from './output.js';
import { BLOCKS, hiddenCommands, PAGES } from './pages.js';
import { forText, REASONS } from './scene.js';
import { SCENES } from './scenes/index.js';

const scenesOf = (page: string, text: string) =>
  SCENES.filter((scene) => scene.page === page && text.startsWith(scene.block));
const SCRIPTS = JSON.parse(readFileSync('package.json', 'utf8')).scripts as Record<string, string>;
const WITH_COMMANDS = BLOCKS.map((block) => ({ ...block, first: block.text.split('\n', 1)[0] }));

test.each(PAGES)('%s hides no command in a block that is not of a shell', (page) => {
  expect(hiddenCommands(page)).toEqual([]);
});

describe.each(WITH_COMMANDS)('$page: $first', ({ page, text, commands }) => {
  test('has one scene', () => {
    expect(scenesOf(page, text)).toHaveLength(1);
  });

  test('each of its commands is run, or is left out for a reason', () => {
    for (const scene of scenesOf(page, text)) {
      const left = commands.filter((command) => forText(scene.notHere, command.text) === undefined);
      if (!scene.stage) expect(left).toEqual([]);
      for (const start of Object.keys(scene.notHere ?? {}))
        expect(commands.filter((command) => command.text.startsWith(start)).map(() => start)).not.toEqual([]);
    }
  });

  test('what it names of the repository is there', () => {
    for (const { text: command } of commands) {
      const script = /\bnpm run ([\w:]+)/.exec(command)?.[1];
      if (script !== undefined) expect(SCRIPTS).toHaveProperty([script]);
      for (const [path] of command.matchAll(/(?<![\w/.-])(?:test|scripts|docker|deploy)\/[\w./-]+/g))
        expect([path, existsSync(path)]).toEqual([path, true]);
    }
  });

  test('what another test runs is in its file', () => {
    for (const { notHere } of scenesOf(page, text)) {
      for (const command of commands) {
        const reason = forText(notHere, command.text);
        if (reason === undefined || reason in REASONS) continue;
        expect(readFileSync(reason, 'utf8')).toContain(command.text);
      }
    }
  });
});

test('every scene is of a block', () => {
  const missing = SCENES.filter(
    ({ page, block }) => !BLOCKS.some((one) => one.page === page && one.text.startsWith(block)),
  );
  expect(missing).toEqual([]);
});

describe('the output that a page shows', () => {
  const ID = '3063960f-2eef-4d5d-ac0e-3ec9ea139357';

  test('may have other ids and times, which are learned', () => {
    expect(
      compareOutput([`810da2bb  accepted ${ID}`, '…'], `first\n0123abcd  accepted ${ID.replace('3', '4')}\n`),
    ).toEqual({
      '810da2bb': '0123abcd',
      '3063960f': '4063960f',
    });
    expect(compareOutput(['waits Fri 19:26, 1 min 40 s'], 'waits   Sat 00:01, 3 s')).toEqual({});
  });

  test.each([
    ['other words', ['accepted'], 'withdrawn'],
    ['another order', ['one', 'two'], 'two\none'],
    ['more in the line', ['Done.'], 'Done. And more'],
    ['another number', ['2 files'], '3 files'],
  ])('may not have %s', (_, shown, printed) => {
    expect(() => compareOutput(shown, printed)).toThrow('The page shows');
  });
});
