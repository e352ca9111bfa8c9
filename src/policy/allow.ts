/**
 * The words of --allow: what a task's signed start may name, and what that opens. Pure, and light: every command loads
 * it.
 */
import { RookeryError } from '../domain/errors.js';
import { BUILTIN_EFFECTS, canonicalName, GROUPS, isMcpName } from '../domain/tool.js';

export interface Authority {
  /** Tool names and groups, as in --allow. */
  readonly allow: readonly string[];
  /** The start that names them carries a valid signature. Without it nothing else here counts. */
  readonly signed: boolean;
  /** The person has said yes to whatever would be asked. */
  readonly yes: boolean;
}

/** Everything that --allow knows by itself. */
export const ALLOW_NAMES: readonly string[] = Object.freeze([...Object.keys(BUILTIN_EFFECTS), ...GROUPS]);

/** The name in a signed `allow` that lets this tool run. */
export function keyOf(tool: { readonly name: string; readonly effect: string }, authority: Authority) {
  if (!authority.signed) return undefined;
  const allow = authority.allow.map(canonicalName);
  const own = GROUPS.includes(tool.name) ? [] : [canonicalName(tool.name)];
  return [...own, ...(tool.effect === 'write' ? ['write'] : [])].find((name) => allow.includes(name));
}

/** Whether credential files may be opened. */
export function allowsSecrets({ allow, signed }: Pick<Authority, 'allow' | 'signed'>): boolean {
  return signed && allow.includes('secrets');
}

/**
 * The entry point of --allow: deduplicated names, as the tools are called here. `more` are names of user tools.
 * Throws RookeryError 'usage' for an unknown name.
 */
export function checkAllow(names: readonly string[], more: readonly string[] = []): string[] {
  const canonical = names.map(canonicalName);
  const unknown = canonical.find((name) => !ALLOW_NAMES.includes(name) && !more.includes(name) && !isMcpName(name));
  if (unknown === undefined) return [...new Set(canonical)];
  throw new RookeryError('usage', `There is no tool '${unknown}' to allow.`, {
    hint: `Allowed: ${[...ALLOW_NAMES, ...more].join(', ')}, and server__tool for tools of MCP servers.`,
  });
}
