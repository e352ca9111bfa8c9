/** What of the worker's environment a command gets: a list of what may pass, because the names of all keys are not known. */
import { trustedPath } from './trusted-path.js';

export type Environment = Readonly<Record<string, string | undefined>>;

export function commandEnvironment(env: Environment, workspace: string): Record<string, string> {
  const passed = Object.entries(env).flatMap(([name, value]) =>
    INHERITED.test(name) && value !== undefined ? [[name, value] as const] : [],
  );
  return { ...Object.fromEntries(passed), PATH: trustedPath(env.PATH, workspace) };
}

// ---

const INHERITED = /^(HOME|USER|LOGNAME|LANG|LC_[A-Z]+|TERM|TMPDIR|TZ|SHELL)$/;
