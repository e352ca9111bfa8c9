/** The languages of the examples, as far as they are installed: Python with the SDK of Temporal, and Go. */
import { execFileSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join, resolve } from 'node:path';
import envPaths from 'env-paths';

/** As the page names it. */
export const PYTHON_SDK = 'temporalio==1.35.0';
export const GO_MODULE = resolve('test/protocol/go');

const CACHE = join(envPaths('rookery-tests', { suffix: '' }).cache, PYTHON_SDK.replace('==', '-'));
const INSTALL_MS = 240_000;

/** @returns a Python that has the SDK, installed once into a cache; undefined where Python or the package is not to be had */
export function pythonWithSdk(): string | undefined {
  const python = join(CACHE, 'bin/python');
  const hasSdk = (): boolean => existsSync(python) && succeeds(python, ['-c', 'import temporalio.client']);
  if (hasSdk()) return python;
  if (!succeeds('python3', ['-m', 'venv', CACHE])) return undefined;
  return succeeds(python, ['-m', 'pip', 'install', '--quiet', PYTHON_SDK]) && hasSdk() ? python : undefined;
}

export function hasPython(): boolean {
  return succeeds('python3', ['-c', 'import hmac, json, decimal']);
}

export function hasGo(): boolean {
  return succeeds('go', ['version'], GO_MODULE);
}

/** The modules of the example can be had: from the cache of Go, or from its proxy. */
export function hasGoModules(): boolean {
  return hasGo() && succeeds('go', ['mod', 'download'], GO_MODULE);
}

// ---

function succeeds(program: string, args: readonly string[], cwd?: string): boolean {
  try {
    execFileSync(program, args, { stdio: 'ignore', timeout: INSTALL_MS, ...(cwd !== undefined && { cwd }) });
    return true;
  } catch {
    return false;
  }
}
