/**
 * Says of each call whether it may run. Pure data in, a verdict out: reads run, everything else needs the person's
 * signed word. Fails closed. A verdict from elsewhere is no authority; whoever runs a tool asks here again.
 */
import { RookeryError } from '../domain/errors.js';
import type { Judgement } from '../domain/tool.js';

/** What the policy needs to know of a tool. */
export interface Judged {
  readonly name: string;
  readonly effect: 'read' | 'write' | 'execute';
}

export interface Authority {
  /** Tool names and groups, as in --allow. */
  readonly allow: readonly string[];
  /** The start that names them carries a valid signature. Without it nothing in `allow` counts. */
  readonly signed: boolean;
}

/** Everything that --allow knows. `write` is every tool that changes files; `secrets` opens credential files. */
export const ALLOW_NAMES: readonly string[] = Object.freeze([
  'read_file',
  'list_files',
  'search_files',
  'write_file',
  'shell',
  'write',
  'secrets',
]);

export function judge({ tool, allow, signed }: Authority & { readonly tool: Judged }): Judgement {
  if (tool.effect === 'read') return { verdict: 'run', reason: `The tool '${tool.name}' only reads.` };
  const key = [tool.name, ...(tool.effect === 'write' ? ['write'] : [])].find((name) => allow.includes(name));
  if (key !== undefined && signed) return { verdict: 'run', reason: `Allowed by --allow ${key}.` };
  const why = key === undefined ? '' : ' because its start is not signed';
  return {
    verdict: 'refuse',
    reason: `The tool '${tool.name}' is not allowed for this task${why}; the person can allow it with --allow ${tool.name}.`,
  };
}

/** The tools that the model is told of: it should not spend replies on what will be refused. */
export function offered<T extends Judged>(tools: Iterable<T>, authority: Authority): T[] {
  return [...tools].filter((tool) => judge({ tool, ...authority }).verdict === 'run');
}

/** Whether credential files may be opened. */
export function allowsSecrets({ allow, signed }: Authority): boolean {
  return signed && allow.includes('secrets');
}

/** The door of --allow: the names once each. Throws RookeryError 'usage' for a name that nobody knows. */
export function checkAllow(names: readonly string[]): string[] {
  const unknown = names.find((name) => !ALLOW_NAMES.includes(name));
  if (unknown === undefined) return [...new Set(names)];
  throw new RookeryError('usage', `There is no tool '${unknown}' to allow.`, {
    hint: `Allowed: ${ALLOW_NAMES.join(', ')}.`,
  });
}
