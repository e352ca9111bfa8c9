/** Runs a program of the user for a short time: no shell, JSON on stdin, its whole process group ended with it. */
import { spawn } from 'node:child_process';
import { accessSync, constants, statSync } from 'node:fs';
import { delimiter, isAbsolute, join, resolve } from 'node:path';
import { sentenceOf } from '../domain/errors.js';
import { createCapture, drained } from '../processes/capture.js';
import { type Environment, programEnvironment } from '../processes/command-environment.js';
import { killAll } from '../processes/kill-tree.js';

export interface ProgramRun {
  readonly argv: readonly string[];
  readonly input: string;
  readonly ms: number;
  /** The worker's: only harmless variables are passed on. */
  readonly env: Environment;
  readonly cwd: string;
}

/** Throws, with one sentence, unless the program ends with 0 in time. */
export async function runProgram({ argv, input, ms, env, cwd }: ProgramRun): Promise<void> {
  const [program = '', ...args] = argv;
  const child = spawn(program, args, {
    cwd,
    env: { ...programEnvironment(env, cwd), ...desktopOf(env) },
    stdio: ['pipe', 'ignore', 'pipe'],
    detached: true,
  });
  const said = createCapture(MAX_SAID);
  child.stderr.on('error', () => undefined).on('data', (chunk: Buffer) => said.push(chunk));
  // A program need not read it.
  child.stdin.on('error', () => undefined).end(input);
  const problem = await new Promise<string | undefined>((done) => {
    const timer = setTimeout(() => done(`it took longer than ${ms / 1000} s and was ended`), ms);
    const settle = (why: string | undefined): void => {
      clearTimeout(timer);
      done(why);
    };
    child.once('error', (error) => settle(`it could not be started: ${sentenceOf(error)}`));
    child.once('exit', (code, signal) => settle(code === 0 ? undefined : `it ended with ${signal ?? code}`));
  });
  if (child.pid !== undefined) await killAll({ group: child.pid });
  await drained([child.stderr]);
  child.stderr.destroy();
  if (problem === undefined) return;
  const lastLine = said.text().trimEnd().split('\n').at(-1) ?? '';
  throw new Error(lastLine === '' ? problem : `${problem}: ${lastLine}`);
}

/** @returns its path; undefined when there is no such program */
export function findProgram(program: string, { PATH = '' }: Environment, cwd: string): string | undefined {
  const candidates = program.includes('/')
    ? [resolve(cwd, program)]
    : PATH.split(delimiter).flatMap((directory) => (isAbsolute(directory) ? [join(directory, program)] : []));
  return candidates.find(isProgram);
}

// ---

const MAX_SAID = 4 * 1024;

/** What a program needs to show something on the user's desktop. */
const DESKTOP = ['DISPLAY', 'WAYLAND_DISPLAY', 'XAUTHORITY', 'XDG_RUNTIME_DIR', 'DBUS_SESSION_BUS_ADDRESS'];

function desktopOf(env: Environment): Record<string, string> {
  return Object.fromEntries(DESKTOP.flatMap((name) => (env[name] === undefined ? [] : [[name, env[name]]])));
}

function isProgram(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return statSync(path).isFile();
  } catch {
    return false;
  }
}
