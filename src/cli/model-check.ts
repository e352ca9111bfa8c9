/**
 * What a provider says about a model, before a task depends on it: at the first submission with that model, and in
 * `doctor --models`. Only a plain no stops a submission; a provider that cannot be asked is reported, and the task starts.
 */
import { chooseModel } from '../config/choose-model.js';
import { ConfirmedModels } from '../config/confirmed-models.js';
import { missingPackage } from '../config/missing-package.js';
import { defaultModel, keysOf } from '../config/providers.js';
import { RookeryError, sentenceOf } from '../domain/errors.js';
import type { TaskInput } from '../domain/protocol.js';
import type { Provider } from '../domain/provider.js';
import { makeDirectory } from '../files/atomic-write.js';
import { openWorkDirectory } from '../manager/work-directory.js';
import type { DoctorCheck } from './doctor-check.js';
import type { Session } from './session.js';

type Lookups = typeof import('../config/model-check.js');
type Choice = Parameters<Lookups['askForModel']>[0];
type Lookup = Awaited<ReturnType<Lookups['askForModel']>>;

/** Throws `usage` when the provider lacks the model, and `missing_key` when it refuses the key. */
export async function checkBeforeStart(session: Session, task: Omit<TaskInput, 'prompt'>): Promise<void> {
  const choice = choiceOf(task);
  if (!choice) return;
  const { settings, env, paths, out, options } = session;
  const needed = missingPackage(choice.provider);
  if (needed) {
    out.info(
      `The provider ${choice.provider} needs the package ${needed}, which is not here. Where the worker runs: npm i ${needed}`,
    );
  }
  if (task.limits?.max_cost_usd && !(await lookups()).isCostKnown(choice, settings, env)) {
    out.info(
      `The cost of ${choice.model} is not known, so --max-cost cannot end this task. Give its price under [prices] in the config.`,
    );
  }
  const confirmed = new ConfirmedModels(paths.models);
  if (options.check === false || confirmed.has(choice)) return;
  const found = await (await lookups()).askForModel(choice, settings, env);
  if (found.kind === 'refused')
    throw new RookeryError('missing_key', found.reason, { hint: `Set another key; ${SKIP}` });
  if (found.kind === 'missing' && found.certain) throw missing(choice, found);
  if (found.kind === 'unlisted') return;
  if (found.kind !== 'listed')
    return out.info(`Whether the model ${choice.model} is there is not known: ${why(found)}.`);
  const warning = await windowWarning(found, env);
  if (warning) out.info(`${warning}.`);
  await openWorkDirectory(paths);
  await makeDirectory(paths.side);
  await confirmed.add(choice);
}

/** One check for each model that a task could use: the chosen one, the fallbacks, the default of each provider with a key. */
export async function modelChecks(session: Session, wanted: boolean): Promise<DoctorCheck[]> {
  if (!wanted) return [];
  const { choices, problem } = await choicesOf(session);
  const checks = await Promise.all(choices.map((choice) => modelCheck(session, choice)));
  if (problem) return [problem, ...checks];
  return checks.length > 0
    ? checks
    : [{ name: 'model', ok: true, message: 'the built-in demo model, which needs no provider' }];
}

// ---

/** Loaded on demand: a model that was confirmed before needs no HTTP. */
function lookups(): Promise<Lookups> {
  return import('../config/model-check.js');
}

const SKIP = '--no-check submits without asking';

function choiceOf({ provider, model, endpoint, endpoint_origin }: Omit<TaskInput, 'prompt'>): Choice | undefined {
  if (provider === undefined || provider === 'demo' || model === undefined) return undefined;
  return {
    provider: provider as Exclude<Provider, 'demo'>,
    model,
    ...(endpoint === undefined ? {} : { endpoint }),
    ...(endpoint_origin === undefined ? {} : { endpoint_origin }),
  };
}

function missing({ model }: Choice, { who, nearest }: Extract<Lookup, { kind: 'missing' }>): RookeryError {
  const hint = nearest.length > 0 ? `Nearest: ${nearest.join(', ')}` : 'It has no model with a similar name';
  return new RookeryError('usage', `${who} does not have the model '${model}'`, { hint: `${hint}; ${SKIP}` });
}

function why(found: Extract<Lookup, { kind: 'missing' | 'unclear' }>): string {
  return found.kind === 'unclear' ? found.reason : `${found.who} does not list it`;
}

async function choicesOf(session: Session): Promise<{ choices: Choice[]; problem?: DoctorCheck }> {
  const { settings, env } = session;
  const keyed = (Object.keys(keysOf(env)) as Exclude<Provider, 'demo'>[]).map((provider) => ({
    provider,
    model: defaultModel(provider),
  }));
  const fallback = settings.fallback.value.flatMap((choice) => choiceOf(choice) ?? []);
  try {
    const chosen = choiceOf(await chooseModel(settings, env));
    const others = keyed.filter(({ provider }) => provider !== chosen?.provider);
    return { choices: unique([...(chosen ? [chosen] : []), ...fallback, ...others]) };
  } catch (error) {
    const hint = error instanceof RookeryError ? (error.hint ?? '') : '';
    const problem = { name: 'model', ok: false, message: sentenceOf(error), fix: hint };
    return { choices: unique([...fallback, ...keyed]), problem };
  }
}

function unique(choices: readonly Choice[]): Choice[] {
  return [...new Map(choices.map((choice) => [`${choice.provider}:${choice.model}`, choice])).values()];
}

async function modelCheck({ settings, env }: Session, choice: Choice): Promise<DoctorCheck> {
  const name = 'model';
  const { model, provider } = choice;
  try {
    const found = await (await lookups()).askForModel(choice, settings, env);
    if (found.kind === 'refused') return { name, ok: false, message: found.reason, fix: 'Set another key' };
    if (found.kind === 'unclear') return { name, ok: false, message: found.reason, fix: 'Check the address' };
    if (found.kind === 'unlisted') return { name, ok: true, message: `${provider} is not asked which models it has` };
    if (found.kind === 'missing') {
      const fix = found.nearest.length > 0 ? `Nearest: ${found.nearest.join(', ')}` : 'Choose another --model';
      return { name, ok: !found.certain, message: `${found.who} does not list ${model}`, fix };
    }
    const warning = await windowWarning(found, env);
    const message = `${found.who} answers, accepts the key and lists ${model}${factsText(found)}`;
    return warning ? { name, ok: false, message: warning, fix: WIDEN } : { name, ok: true, message };
  } catch (error) {
    return {
      name,
      ok: false,
      message: sentenceOf(error),
      fix: error instanceof RookeryError ? (error.hint ?? '') : '',
    };
  }
}

const WIDEN = 'Start the server with OLLAMA_CONTEXT_LENGTH=32768';

/** What the conversation needs besides the tools, at the least. */
const ROOM = 1_000;

async function windowWarning({ facts }: Extract<Lookup, { kind: 'listed' }>, env: NodeJS.ProcessEnv) {
  const window = facts.window ?? (facts.largestWindow === undefined ? undefined : windowOf(env));
  if (window === undefined) return undefined;
  const { builtinSchemaTokens } = await import('../worker/schema-size.js');
  const tools = await builtinSchemaTokens();
  if (window >= tools + ROOM) return undefined;
  return `The model is given ${window} tokens, and the tools alone take about ${tools}: it will not see the task`;
}

/** Where the server does not say it: its own variable, when it was set for this process too. */
function windowOf(env: NodeJS.ProcessEnv): number | undefined {
  const tokens = Number(env.OLLAMA_CONTEXT_LENGTH);
  return Number.isSafeInteger(tokens) && tokens > 0 ? tokens : undefined;
}

function factsText({ facts }: Extract<Lookup, { kind: 'listed' }>): string {
  const { window, largestWindow, tools } = facts;
  const parts = [
    ...(window === undefined ? [] : [`${window} tokens of context`]),
    ...(window === undefined && largestWindow !== undefined
      ? [`at most ${largestWindow} tokens of context, as the server is set`]
      : []),
    ...(tools === undefined ? [] : [tools ? 'takes tools' : 'takes no tools: calls are read from its text']),
  ];
  return parts.length > 0 ? ` (${parts.join('; ')})` : '';
}
