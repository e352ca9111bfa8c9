/** What of the worker's environment a command gets: a list of what may pass, because the names of all keys are not known. */
import { trustedPath } from './trusted-path.js';

export type Environment = Readonly<Record<string, string | undefined>>;

/** For a command that the model, or this program, reads the output of. */
export function commandEnvironment(env: Environment, workspace: string): Record<string, string> {
  return inEnglish(programEnvironment(env, workspace));
}

/** For a program that a person sees. */
export function programEnvironment(env: Environment, workspace: string): Record<string, string> {
  const passed = Object.entries(env).flatMap(([name, value]) =>
    INHERITED.test(name) && value !== undefined ? [[name, value] as const] : [],
  );
  return { ...Object.fromEntries(passed), PATH: trustedPath(env.PATH, workspace) };
}

// ---

/**
 * Messages are read by the model, and by us where a command was stopped half-way. What LC_ALL says stays, for the encoding of
 * names and text.
 */
function inEnglish({ LC_ALL, ...env }: Readonly<Record<string, string>>): Record<string, string> {
  if (!LC_ALL) return { ...env, LC_MESSAGES: 'C' };
  const others = Object.entries(env).filter(([name]) => !name.startsWith('LC_'));
  return { ...Object.fromEntries(others), LANG: LC_ALL, LC_MESSAGES: 'C' };
}

const INHERITED = /^(HOME|USER|LOGNAME|LANG|LC_[A-Z]+|TERM|TMPDIR|TZ|SHELL)$/;
