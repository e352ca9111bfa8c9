/** The one check of a workflow's input, where it is submitted and where a worker first sees it. Pure. */
import { problemOfForm } from './answer-schema.js';
import {
  anyOf,
  anyText,
  type Check,
  check,
  isPlainObject,
  listWith,
  objectOf,
  oneOf,
  orNull,
  sentenceOfProblems,
  someText,
  textThat,
  textUpTo,
  wholeNumber,
} from './check-value.js';
import { CONTINUES } from './continues.js';
import { problemOfJson } from './json-text.js';
import { FIXED, MAX_APPROVAL_MS } from './limits.js';
import type { TaskInput } from './protocol.js';
import { EFFORTS, PROVIDER_NAMES } from './provider.js';
import { isLabel, isName, LABEL_RULE, MOST_LABELS, NAME_RULE } from './task-about.js';
import { readTraceParent } from './trace-parent.js';
import { HOST_NAME } from './worker-names.js';

export type CheckedInput =
  | { readonly kind: 'input'; readonly input: TaskInput }
  | { readonly kind: 'wrong'; readonly problem: string };

/**
 * Unknown fields are refused: a misspelt limit would otherwise be no limit. `ownModels`: names that stand for a provider
 * beside those of the table.
 */
export function checkTaskInput(value: unknown, ownModels: readonly string[] = []): CheckedInput {
  const problem = sentenceOfProblems(taskInputWith([...PROVIDER_NAMES, ...ownModels])(value));
  return problem === undefined ? { kind: 'input', input: value as TaskInput } : { kind: 'wrong', problem };
}

// ---

const flag = check((value) => typeof value === 'boolean', 'true or false');

const positive = check(
  (value) => typeof value === 'number' && Number.isFinite(value) && value > 0,
  'a number greater than 0',
);

const limits = objectOf({
  max_iterations: wholeNumber(1, 100_000),
  max_total_tokens: wholeNumber(1),
  max_output_tokens: wholeNumber(1, 1_000_000),
  max_time_ms: orNull(wholeNumber(1)),
  max_cost_usd: orNull(positive),
  max_command_ms: wholeNumber(1_000, FIXED.longestCommandMs),
});

const signature = objectOf(
  {
    scope: someText,
    mac: textThat((text) => /^[0-9a-f]{64}$/.test(text), '64 hexadecimal digits'),
    nonce: textThat((text) => text.length >= 1 && text.length <= 64, 'a text of 1 to 64 characters'),
    signed_at: textThat((text) => text.length >= 1 && text.length <= 64, 'a text of 1 to 64 characters'),
  },
  { required: ['scope', 'mac'] },
);

const part = anyOf(
  objectOf({ text: anyText }, { required: ['text'], open: true }),
  objectOf(
    { image_url: objectOf({ url: anyText }, { required: ['url'], open: true }) },
    { required: ['image_url'], open: true },
  ),
);
const spoken = { required: ['role', 'content'] };
const adopted = objectOf(
  {
    iterations: wholeNumber(0),
    messages: listWith(
      anyOf(
        objectOf({ role: oneOf(['system', 'assistant']), content: anyText }, spoken),
        objectOf({ role: oneOf(['user']), content: anyText, parts: listWith(part) }, spoken),
      ),
      { least: 1 },
    ),
  },
  { required: ['iterations', 'messages'] },
);

const rawField = check(
  (value) =>
    Array.isArray(value) &&
    value.length === 2 &&
    value.every((one) => typeof one === 'string') &&
    problemOfJson(String(value[1])) === undefined,
  'a name with the JSON text of its value',
);

const aName = textThat(isName, NAME_RULE);
const labels: Check = (value) => {
  if (!isPlainObject(value)) return [{ at: [], message: 'expected an object of texts' }];
  const given = Object.entries(value);
  if (given.length > MOST_LABELS) return [{ at: [], message: `expected at most ${MOST_LABELS} labels` }];
  const wrong = given.filter(([key, text]) => !isLabel(key, text));
  return wrong.map(([key]) => ({ at: [key.slice(0, 60)], message: `expected ${LABEL_RULE}` }));
};

const worktree = objectOf(
  {
    repository: textThat((text) => text.startsWith('/'), 'an absolute path'),
    directory: textThat(isRelativePath, 'a path in the repository'),
    commit: textThat((text) => /^([0-9a-f]{40}|[0-9a-f]{64})$/.test(text), 'the whole name of a commit'),
  },
  { required: ['repository', 'directory', 'commit'] },
);

function isRelativePath(text: string): boolean {
  return text === '' || text.split('/').every((part) => part !== '' && part !== '.' && part !== '..');
}

const otherFields = {
  prompt: textThat((text) => text.trim() !== '', 'a prompt that is not empty'),
  system_prompt: anyText,
  model: someText,
  endpoint: textThat((text) => URL.canParse(text), 'a URL'),
  endpoint_origin: oneOf(['user', 'project']),
  effort: anyOf(oneOf(EFFORTS), wholeNumber(1, 1_000_000)),
  schema: (value: unknown) => {
    const problem = problemOfForm(value);
    return problem === undefined ? [] : [{ at: [], message: problem }];
  },
  limits,
  on_limit: oneOf(['fail', 'ask']),
  allow: listWith(anyText, { most: 64 }),
  yes: flag,
  approval_timeout_ms: orNull(wholeNumber(1_000, MAX_APPROVAL_MS)),
  questions: flag,
  policy: listWith(check(isPlainObject, 'an object'), { most: 200 }),
  workspace: textThat((text) => text.startsWith('/'), 'an absolute path'),
  worktree,
  host: textThat((text) => HOST_NAME.test(text), 'the name of a host'),
  created_at: textUpTo(64),
  name: aName,
  group: aName,
  labels,
  adopted,
  continues: CONTINUES,
  traceparent: check((value) => readTraceParent(value) !== undefined, 'a W3C trace parent'),
  extra: listWith(rawField),
  signature,
};

function taskInputWith(providers: readonly string[]): Check {
  const choice = objectOf({ provider: oneOf(providers), model: someText }, { required: ['provider', 'model'] });
  return objectOf(
    {
      ...otherFields,
      provider: (value) =>
        providers.some((name) => name === value)
          ? []
          : [{ at: [], message: `there is no provider '${String(value).slice(0, 60)}'` }],
      fallback: listWith(choice, { most: 16 }),
    },
    { required: ['prompt'] },
  );
}
