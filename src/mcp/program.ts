/**
 * The paths that a server's command line needs in the sandbox: its program, resolved through links and small scripts,
 * the files that it names, and the packages they belong to. Only reads.
 */
import { constants } from 'node:fs';
import { access, lstat, open, readlink, realpath, stat } from 'node:fs/promises';
import { basename, dirname, join, resolve } from 'node:path';
import { isCredential } from '../domain/credentials.js';
import { holdsTooMuch, isHiddenPlace } from '../sandbox/hidden-roots.js';
import type { VisiblePath } from '../sandbox/sandbox.js';
import { pathsOfProgram, withoutCredentials } from './belongings.js';

export interface Program {
  readonly argv: readonly [string, ...string[]];
  readonly shown: readonly VisiblePath[];
}

export interface ProgramContext {
  /** PATH, without shims. */
  readonly path: string;
  readonly home: string;
}

export async function programOf(argv: readonly [string, ...string[]], context: ProgramContext): Promise<Program> {
  const [command, ...args] = argv;
  const required = new RequiredPaths(context);
  const file = command.includes('/') ? command : await inPath(command, context.path);
  // A file that is not found here is not found in the sandbox either, which reports it.
  const program = file === undefined ? command : await required.program(file);
  let hasScript = false;
  const words: string[] = [];
  for (const arg of args) {
    const path = arg.replace(/^--?[\w-]+=(?=\/)/, '');
    const real: string | undefined = await (hasScript ? required.named(path) : required.script(path));
    words.push(hasScript || path !== arg ? arg : (real ?? arg));
    hasScript ||= real !== undefined;
  }
  return { argv: [program, ...words], shown: await required.shown() };
}

// ---

const MAX_STEPS = 8;
const MAX_SCRIPT = 64 * 1024;

class RequiredPaths {
  readonly #paths = new Set<string>();

  constructor(private readonly context: ProgramContext) {}

  /** The program to start instead: links and shims of a home do not resolve in the sandbox. */
  async program(given: string, steps = MAX_STEPS): Promise<string> {
    const { home } = this.context;
    const file = join(await realpath(dirname(given)).catch(() => dirname(given)), basename(given));
    if (steps === 0 || !isHiddenPlace(file, home)) return file;
    const own = await pathsOfProgram(file, home);
    const target = await linkOf(file);
    if (target !== undefined && own.includes(file)) return this.program(target, steps - 1);
    this.#add(own);
    if (target !== undefined) await this.program(target, steps - 1);
    const script = await scriptOf(file);
    if (script === undefined) return file;
    await this.#interpreter(script, steps);
    return (await this.#shim(script, steps)) ?? file;
  }

  /**
   * Adds the path that an argument names.
   * @returns its real path; undefined when it is not a file
   */
  async named(path: string): Promise<string | undefined> {
    const { home } = this.context;
    const real = path.startsWith('/') ? await realpath(path).catch(() => undefined) : undefined;
    if (real === undefined) return undefined;
    const isFile = (await stat(real)).isFile();
    const isPrivate = [path, real].some((one) => isCredential(one) || holdsTooMuch(one, home) || isSettings(one, home));
    // Credentials are passed by `env`, or lie in the workspace.
    if (!isPrivate) this.#add([path, real]);
    return isFile ? real : undefined;
  }

  /** Like `named`, for the first file, which counts as the script: also adds the package that it belongs to. */
  async script(path: string): Promise<string | undefined> {
    const real = await this.named(path);
    if (real === undefined || isCredential(real) || !isHiddenPlace(real, this.context.home)) return real;
    this.#add(await pathsOfProgram(real, this.context.home));
    return real;
  }

  async shown(): Promise<VisiblePath[]> {
    const { home } = this.context;
    const paths = [...this.#paths].filter((path) => isHiddenPlace(path, home) && !holdsTooMuch(path, home));
    const outermost = paths.filter((path) => !paths.some((other) => path.startsWith(`${other}/`)));
    const shown = await Promise.all(outermost.map(withoutCredentials));
    return shown.filter((one) => one !== undefined);
  }

  #add(paths: readonly string[]): void {
    for (const path of paths) this.#paths.add(path);
  }

  async #interpreter(script: string, steps: number): Promise<void> {
    const [first = '', second = ''] = (/^#!\s*(.*)/.exec(script)?.[1] ?? '').split(/\s+(?:-S\s+)?/);
    const file = first.endsWith('/env') ? await inPath(second, this.context.path) : first;
    if (file?.startsWith('/')) await this.program(file, steps - 1);
  }

  /** A script that only starts another program is replaced by it; otherwise all files that it names are added. */
  async #shim(script: string, steps: number): Promise<string | undefined> {
    if (!/^#!\s*\S*(\/|\s)(ba|da|z|k)?sh\b/.test(script)) return undefined;
    for (const [, line = ''] of script.matchAll(/^\s*exec\s+(.*)$/gm)) {
      const named = [...line.matchAll(/(["']?)((?:~|\$HOME|\$\{HOME\})?\/[^\s"'`$;|&<>]+)\1/g)];
      const files = await existing(
        named.map(([, , path = '']) => path.replace(/^(~|\$HOME|\$\{HOME\})/, this.context.home)),
      );
      const [program, ...others] = files;
      if (program === undefined) continue;
      for (const other of others) await this.script(other);
      const found = await this.program(program, steps - 1);
      if (/^(["']?)[^\s"']+\1\s+"\$@"\s*$/.test(line)) return found;
    }
    return undefined;
  }
}

/** Dot files and directories of a home, such as ~/.config, hold data of many programs. */
function isSettings(path: string, home: string): boolean {
  return dirname(path) === home && path.startsWith(`${home}/.`);
}

async function linkOf(path: string): Promise<string | undefined> {
  const found = await lstat(path).catch(() => undefined);
  return found?.isSymbolicLink() ? resolve(dirname(path), await readlink(path)) : undefined;
}

async function inPath(name: string, path: string): Promise<string | undefined> {
  for (const directory of path.split(':').filter((entry) => entry.startsWith('/'))) {
    const file = join(directory, name);
    const isProgram = await access(file, constants.X_OK).then(
      () => true,
      () => false,
    );
    if (isProgram && (await stat(file)).isFile()) return file;
  }
  return undefined;
}

async function existing(paths: readonly string[]): Promise<string[]> {
  const stats = await Promise.all(paths.map((path) => stat(path).catch(() => undefined)));
  return paths.filter((_, n) => stats[n]?.isFile());
}

/** @returns the beginning of a script; undefined when it is not one. */
async function scriptOf(path: string): Promise<string | undefined> {
  const file = await open(path, constants.O_RDONLY | constants.O_NONBLOCK).catch(() => undefined);
  if (file === undefined) return undefined;
  try {
    if (!(await file.stat()).isFile()) return undefined;
    const { buffer, bytesRead } = await file.read({ buffer: Buffer.alloc(MAX_SCRIPT), position: 0 });
    const text = buffer.toString('utf8', 0, bytesRead);
    return text.startsWith('#!') ? text : undefined;
  } finally {
    await file.close();
  }
}
