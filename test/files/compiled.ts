/** Compiles sources for real processes of their own: what must survive kill -9 cannot be tried inside the test runner. */
import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { mkdtemp, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { promisify } from 'node:util';

/** Directory that holds `src/…/*.js`. */
export async function compile(...entries: readonly string[]): Promise<string> {
  const out = await mkdtemp(join(tmpdir(), 'rookery-compiled-'));
  const root = process.cwd();
  const config = {
    extends: resolve(root, 'tsconfig.json'),
    compilerOptions: {
      rootDir: root,
      outDir: out,
      declaration: false,
      sourceMap: false,
      typeRoots: [resolve(root, 'node_modules/@types')],
    },
    files: entries.map((entry) => resolve(root, entry)),
    include: [],
  };
  await writeFile(join(out, 'tsconfig.json'), JSON.stringify(config));
  await writeFile(join(out, 'package.json'), '{"type":"module"}');
  await promisify(execFile)(process.execPath, [
    resolve(root, 'node_modules/typescript/bin/tsc'),
    '-p',
    join(out, 'tsconfig.json'),
  ]);
  return out;
}

export interface Script {
  readonly process: ChildProcess;
  /** What it has printed so far. */
  printed(): string;
  readonly ended: Promise<number | null>;
}

/** Runs an ES module in a process of its own; `import` paths in it are relative to `compiled`. */
export function runScript(compiled: string, code: string): Script {
  const child = spawn(process.execPath, ['--input-type=module', '-e', code], {
    cwd: compiled,
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  let text = '';
  child.stdout.setEncoding('utf8').on('data', (chunk: string) => {
    text += chunk;
  });
  const ended = new Promise<number | null>((done) => child.once('close', done));
  return { process: child, printed: () => text, ended };
}
