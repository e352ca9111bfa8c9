/**
 * Every request body that arrives at a model server of the tests is validated here, as it comes in. The counts and what was
 * invalid go to files of the run, which its end reads: so the body of any test, in any process, counts.
 */
import { appendFileSync, existsSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { extrasFor, withoutExtras } from './extras.js';

/** Set by the set-up of the run: the folder of its counts, and that of the validators. */
export const RUN = 'MODEL_BODIES_RUN';
export const VALIDATORS = 'MODEL_BODIES_VALIDATORS';

export interface Arrived {
  readonly path: string;
  readonly headers: { readonly [name: string]: unknown };
  readonly body: Readonly<Record<string, unknown>>;
}

/** Does nothing outside of a run of the tests. */
export function recordBody(arrived: Arrived): void {
  const run = process.env[RUN];
  // A test of the network sends no body, and no adapter does that.
  if (run === undefined || Object.keys(arrived.body).length === 0) return;
  if (WITHOUT_SCHEMA.has(packageOf(arrived.headers))) return;
  const problems = problemsOf(arrived);
  appendFileSync(join(run, 'count'), '.');
  if (problems.length === 0) return;
  const { path, headers, body } = arrived;
  const facts = `${problems.join('; ')} (${path}, ${packageOf(headers)}): ${JSON.stringify(body).slice(0, 700)}`;
  appendFileSync(join(run, 'invalid'), `${facts}\n`);
}

export interface Counts {
  readonly validated: number;
  readonly invalid: readonly string[];
}

export function countsOf(run: string): Counts {
  const read = (name: string): string => (existsSync(join(run, name)) ? readFileSync(join(run, name), 'utf8') : '');
  return { validated: read('count').length, invalid: read('invalid').split('\n').filter(Boolean) };
}

/** What is wrong with a body, for each schema that it must be valid for. */
export function problemsOf({ path, headers, body }: Arrived): string[] {
  const from = packageOf(headers);
  const names = schemasFor(path, from);
  if (names.length === 0) return [`no schema is known for ${path}`];
  return names.flatMap((name) => {
    const validate = validatorOf(name);
    if (validate === undefined || validate(withoutExtras(body, extrasFor(name, from)))) return [];
    const said = (validate.errors ?? []).map(({ instancePath, message, params }) =>
      [instancePath, message, JSON.stringify(params)].join(' '),
    );
    return [`${name}: ${deepest(said).join('; ')}`];
  });
}

// ---

/** Packages for APIs that publish no types of their request bodies. xAI's only resembles OpenAI's responses. */
const WITHOUT_SCHEMA: ReadonlySet<string> = new Set(['amazon-bedrock', 'xai']);

interface Validate {
  (body: unknown): boolean;
  readonly errors?: readonly { instancePath: string; message?: string; params: unknown }[] | null;
}

const require = createRequire(import.meta.url);
const loaded = new Map<string, Validate | undefined>();

/** Those of the OpenAPI documents are there only where the documents are. */
function validatorOf(name: string): Validate | undefined {
  if (!loaded.has(name)) {
    const file = join(process.env[VALIDATORS] ?? '', `${name}.cjs`);
    const isOptional = name.startsWith('openapi-') && !existsSync(file);
    loaded.set(name, isOptional ? undefined : (require(file) as Validate));
  }
  return loaded.get(name);
}

/** The package of the AI SDK that made the request. */
function packageOf(headers: Arrived['headers']): string {
  return /ai-sdk[/-]([a-z-]+)\//.exec(String(headers['user-agent']))?.[1] ?? 'other';
}

function schemasFor(path: string, from: string): string[] {
  const [plain = ''] = path.split('?');
  if (plain.endsWith('/messages')) return ['anthropic', 'openapi-openrouter-messages'];
  if (plain.endsWith('/responses')) return ['openai-responses', 'openapi-openai-responses'];
  if (/:(streamG|g)enerateContent$/.test(plain)) return ['gemini'];
  if (!plain.endsWith('/chat/completions')) return [];
  if (from === 'openrouter') return ['openai-chat', 'openapi-openrouter-chat-completions'];
  return ['openai-chat', 'openapi-openai-chat-completions'];
}

/** Of a choice of schemas each says why it is not meant; the one that got furthest says what is wrong. */
function deepest(said: readonly string[]): string[] {
  const depth = (text: string): number => (text.split(' ')[0] ?? '').split('/').length;
  const most = Math.max(...said.map(depth));
  return said.filter((text) => depth(text) === most).slice(0, 5);
}
