/** Questions to the policy, with all that a test does not care about filled in. */
import type { Surroundings } from '../../src/domain/surroundings.js';
import type { Touches } from '../../src/domain/tool.js';
import { judge, type PolicyQuestion, type Ruling } from '../../src/policy/judge.js';
import { type Judged, originate, type Rule } from '../../src/policy/rule.js';
import { createBackgroundCommands } from '../../src/tools/background/commands.js';
import { createTools } from '../../src/tools/catalogue.js';

/** The built-in tools; every other name counts as a tool that uses the network. */
export const TOOLS: ReadonlyMap<string, Judged> = await createTools({
  env: {},
  webSearch: { braveKey: 'k' },
  background: createBackgroundCommands('/nowhere'),
});

export const WORKSPACE = '/home/me/project';

/** A repository that runs nothing, and no credential file. */
export const PLAIN: Surroundings = {
  real: (path) => path,
  credentials: () => ({ paths: [], leaving: [] }),
  tracked: () => [],
  problemOfRepository: () => undefined,
};

export type Given = Partial<Omit<PolicyQuestion, 'tool' | 'touches'>> & {
  rules?: readonly Rule[];
  allow?: readonly string[];
};

export function ask(name: string, touches: Touches, given: Given = {}): Ruling {
  return judge({ rules: originate(given.rules ?? [], 'user file') }, question(name, touches, given));
}

export function question(name: string, touches: Touches, given: Given = {}): PolicyQuestion {
  const { rules: _, allow = [], ...rest } = given;
  return {
    tool: TOOLS.get(name) ?? { name, effect: 'network' },
    touches,
    authority: { allow, signed: true, yes: false },
    labels: [],
    workspace: WORKSPACE,
    own: ['/home/me/.local/share/rookery'],
    sandboxed: false,
    surroundings: PLAIN,
    ...rest,
  };
}

export const shell = (command: string, given: Given = {}): Ruling => ask('shell', { command }, given);
export const write = (path: string, given: Given = {}): Ruling => ask('write_file', { paths: [path] }, given);
export const read = (path: string, given: Given = {}): Ruling => ask('read_file', { paths: [path] }, given);
export const fetched = (host: string, given: Given = {}): Ruling => ask('web_fetch', { hosts: [host] }, given);
