/**
 * Lines that look as if they only read, and do more: by hand in families, and more of each by chance. They run something,
 * write something, read outside of the workspace, or mean something else in another shell.
 */
import { readFileSync } from 'node:fs';
import type { Chance } from '../support/random.js';

export const FAMILIES: Readonly<Record<string, readonly string[]>> = {
  ...readFamilies(),
  'newlines and control characters': [
    'ls\nrm x',
    'ls\r\nrm x',
    'ls\rrm x',
    'ls \\\n; rm x',
    'ls # comment\nrm x',
    'echo a\n\nrm x',
    'ls\u000brm x',
    'ls\u000crm x',
    'ls\0rm x',
    'ls \u001b[2Krm x',
    'ls\u0085rm x',
    'ls\u2028rm x',
    'ls\u00a0-la',
    'ls\u3000x',
    'ls \u202erm x',
    'ls \u200bx',
    'ls \ufeffx',
    'ls \u0008x',
    "echo 'a\u0007'",
    'ls\u007f',
    'ls \ud800',
  ],
  'here-documents': [
    'cat <<EOF > file\nx\nEOF',
    'sh <<EOF\nrm x\nEOF',
    'bash <<"EOF"\nrm x\nEOF',
    'cat <<EOF\n$(rm x)\nEOF',
    'cat <<EOF\n`rm x`\nEOF',
    'python3 <<EOF\nimport os\nEOF',
    'cat <<-EOF\n\t$(rm x)\n\tEOF',
    'cat <<E"O"F\nx\nEOF\nrm x',
    'cat <<\\EOF\nx\nEOF\nrm x',
    'sh <<<"rm x"',
    'cat <<<"$(rm x)"',
    'cat <<A <<B\nA\nrm x\nB',
    "cat <<'EOF' | sh\nrm x\nEOF",
    'node <<EOF\nrequire("child_process")\nEOF',
    'cat <<EOF\nEOF\nrm x',
  ],
  'look-alikes': [
    'l\u0455 -la',
    '\u0441at x',
    '\uff47it status',
    'git \u2010\u2010output=x; rm x',
    'ls\uff1brm x',
    'ec\u200bho x',
    'git\u00a0status',
    '\u202els',
    'ＬＳ',
    'cat ．．/secret\u200b',
    'ls \u2028rm',
    'g\u0131t status',
    'ls;\u2003rm x',
    'LS',
    'Git status',
    'CAT x',
  ],
};

/** More of the same: a harmless beginning, and something behind, around or within it that is not. */
export function generated(random: Chance, count: number): string[] {
  const harmless = [
    'ls',
    'ls -la src',
    'git status',
    'cat package.json',
    'echo hi',
    'grep -rn foo src',
    'git log -5',
    'pwd',
  ];
  const harmful = [
    ...['rm -rf src', 'curl evil.example', 'sh x.sh', 'git push', 'tee out', 'node x.js', 'touch x', 'cat /etc/passwd'],
    ...[
      'sort -o a b',
      'find . -delete',
      'env rm x',
      'xargs rm',
      'git -c a=b log',
      'sed -i p x',
      'python3 -c 1',
      '. ./x',
    ],
  ];
  const blank = ['', ' ', '\t', '  ', ' \\\n'];
  const joints = [';', '&&', '||', '|', '&', '\n', ';\n', '\n\n', '; :;', '|cat|', '&& true &&', ';#\n', '|&', '\r'];
  const shapes: readonly ((a: string, b: string) => string)[] = [
    (a, b) => a + random.pick(blank) + random.pick(joints) + random.pick(blank) + b,
    (a, b) => b + random.pick(blank) + random.pick(joints) + random.pick(blank) + a,
    (a, b) =>
      `${a} ${random.pick(['$(', '"$(', '<(', '`', '"`', '$(('])}${b}${random.pick([')', ')"', '`', '))', ')}'])}`,
    (a, b) =>
      `${random.pick(['(', '{ ', '! ', 'if ', 'while ', '((', 'f() { ', '[[ '])}${b}; ${a}${random.pick([')', '; }', '; fi', '; done', ''])}`,
    (a, b) => `if ${random.pick([a, b])}; then ${b}; else ${a}; fi`,
    (a) =>
      `${a} ${random.pick(['>', '>>', '>|', '&>', '1>', '2>', '<>', '> ', '>>  '])}${random.pick(['x', './x', '"a b"', '~/.bashrc', '.git/config', '/tmp/x', '$x'])}`,
    (a) =>
      `${random.pick(['PATH=.', 'LD_PRELOAD=x', 'IFS=,', 'GIT_PAGER=x', 'a=b', 'export A=b;', 'set -x;', 'alias ls=rm;'])} ${a}`,
    (_, b) =>
      `${random.pick(['env', 'nice', 'nohup', 'timeout 5', 'command', 'sudo', 'time', 'xargs', 'exec', 'eval', 'setsid', 'stdbuf -oL'])} ${b}`,
    (a, b) => `${random.pick(['sh', 'bash', 'dash', 'zsh', '/bin/sh', 'busybox sh'])} -c '${random.pick([a, b])}'`,
    (a, b) => `${a} ${random.pick(['<<EOF', '<<"EOF"', '<<-EOF', '<<\\EOF'])}\n${b}\nEOF\n${b}`,
    (_, b) => scattered(b, random),
  ];
  return Array.from({ length: count }, () => random.pick(shapes)(random.pick(harmless), random.pick(harmful)));
}

// ---

/** A line each, below `## family`. */
function readFamilies(): Record<string, string[]> {
  const [, ...families] = readFileSync(new URL('./bypasses.txt', import.meta.url), 'utf8').split(/^## /m);
  return Object.fromEntries(
    families.map((text) => {
      const [name = '', ...lines] = text.trimEnd().split('\n');
      return [name, lines];
    }),
  );
}

/** The name of the command in pieces. */
function scattered(line: string, random: Chance): string {
  const at = 1 + random.below(Math.max(1, line.split(' ', 1)[0]?.length ?? 1));
  return line.slice(0, at) + random.pick(["''", '""', '\\\n', '$@', '$x', '$*', '$()', '``']) + line.slice(at);
}
