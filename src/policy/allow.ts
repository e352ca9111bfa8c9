/**
 * The names of --allow: what a task's signed start may name, and what each name permits. Pure and small: every command
 * loads it.
 */
import { RookeryError } from '../domain/errors.js';
import { canonicalName, GROUPS, isMcpName } from '../domain/tool.js';
import { checkNetworkAllow, isNetworkAllow } from './network.js';

export interface Authority {
  /** Tool names and groups, and `network:HOST`, as in --allow. */
  readonly allow: readonly string[];
  /** The start has a valid signature. Without one the other fields have no effect. */
  readonly signed: boolean;
  /** The person has approved in advance every call that would need approval. */
  readonly yes: boolean;
}

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
 * The entry point of --allow: deduplicated canonical names. `tools` are the names of known tools.
 * Throws RookeryError 'usage' for an unknown name and for a `network:` that names no host.
 */
export function checkAllow(names: readonly string[], tools: readonly string[]): string[] {
  const canonical = names.map((name) => (isNetworkAllow(name) ? checkNetworkAllow(name) : canonicalName(name)));
  const known = [...tools, ...GROUPS];
  const unknown = canonical.find((name) => !known.includes(name) && !isMcpName(name) && !isNetworkAllow(name));
  if (unknown === undefined) return [...new Set(canonical)];
  throw new RookeryError('usage', `There is no tool '${unknown}' to allow.`, {
    hint: `Allowed: ${known.join(', ')}, server__tool for tools of MCP servers, and network:HOST for commands in the sandbox.`,
  });
}
