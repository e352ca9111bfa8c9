/**
 * A model of a provider: native tools where it has them, the text protocol where it has not. One request per question; one
 * more for each part of a request that its provider refuses for the first time.
 */
import { type AnswerSchema, schemaInstruction } from '../domain/answer-schema.js';
import type { Adapter } from '../domain/provider.js';
import type { ToolSpec } from '../domain/tool.js';
import type { Manner, RequestMessage, Spoken, Talk } from './converse.js';
import { badReply } from './errors/failures.js';
import type { Learned, LearnedLimits } from './learned.js';
import type { Model, ModelRequest } from './model.js';
import { meantReply } from './reply/reply-text.js';
import { type AnswerFormat, answerFormat, schemaKey } from './request/answer-format.js';
import { requestOptions, withOptions } from './request/request-options.js';
import { textTalk } from './request/text-mode.js';
import { instructionsOf, toModelMessages } from './request/wire.js';

export function providerModel(line: RequestMessage, limits: LearnedLimits): Model {
  const { provider, model } = line.connection;
  return {
    ask: async (question) => ({ ...(await answer(line, question, limits)), provider, model }),
  };
}

type Converse = typeof import('./converse.js');

/** The way to the providers, loaded by the first request; an earlier call preloads it, with the packages of the adapters. */
export async function loadSdk(adapters: readonly Adapter[] = []): Promise<Converse> {
  loaded ??= await import('./converse.js');
  if (adapters.length > 0) {
    const { preload } = await import('./language-model.js');
    await Promise.all(adapters.map(preload));
  }
  return loaded;
}

// --- internal ---

/** An import takes a tenth of a millisecond also when it finds the module. */
let loaded: Converse | undefined;

/** Lessons per question: each kind of refusal once. */
const LESSONS = 5;

async function answer(line: RequestMessage, question: ModelRequest, limits: LearnedLimits): Promise<Spoken> {
  const request = { maxOutputTokens: question.maxOutputTokens, tools: question.tools.length > 0 };
  for (let lessons = 0; ; lessons++) {
    const learned = limits.of(line.connection);
    const format = formatOf(line, question, learned);
    const schema = format.kind === 'native' ? schemaKey(format.schema) : undefined;
    try {
      return await askOnce(line, { ...question, format }, learned);
    } catch (error) {
      if (lessons === LESSONS || !limits.learn(line.connection, error, { ...request, schema })) throw error;
    }
  }
}

type FormattedQuestion = ModelRequest & { readonly format: AnswerFormat };

function formatOf({ kind, connection }: RequestMessage, question: ModelRequest, learned: Learned): AnswerFormat {
  const refused = kind === 'own' || (question.answer !== undefined && isRefused(question.answer.schema, learned));
  return answerFormat(connection, question, { text: question.tools.length > 0 && learned.noTools, refused });
}

function isRefused(schema: AnswerSchema, { refusedSchemas }: Learned): boolean {
  return refusedSchemas.length > 0 && refusedSchemas.includes(schemaKey(schema));
}

async function askOnce(line: RequestMessage, question: FormattedQuestion, learned: Learned): Promise<Spoken> {
  const { converse } = loaded ?? (await loadSdk());
  const { messages, tools, format } = question;
  const text = tools.length > 0 && learned.noTools;
  const told = withFormat(text ? textTalk(messages, tools) : nativeTalk(line, question, learned), format);
  const talk = withoutSystem(told, learned);
  const spoken = await converse(line, talk, { manner: mannerOf(line, question, learned), question });
  const meant = meantReply(spoken, { native: !text, question });
  if (isEmptied(spoken, meant)) {
    throw badReply(line.peer, 'an empty reply (only reasoning)', { usage: spoken.usage, empty: true });
  }
  return meant;
}

/** Nothing but reasoning was said, and the reply was not cut. */
function isEmptied(spoken: Spoken, { content, calls, finish }: Spoken): boolean {
  return calls.length === 0 && content.trim() === '' && spoken.content !== content && finish === 'stop';
}

function nativeTalk({ connection }: RequestMessage, { messages, tools }: ModelRequest, learned: Learned): Talk {
  const wire = toModelMessages(messages, { connection, strictRoles: learned.strictRoles });
  return { instructions: instructionsOf(messages), messages: wire, tools: tools.map(shortenedTo(learned)) };
}

function withFormat(talk: Talk, format: AnswerFormat): Talk {
  if (format.kind === 'native') return format.withoutTools ? { ...talk, tools: [] } : talk;
  if (format.kind === 'none') return talk;
  const instructions = [talk.instructions, schemaInstruction(format.schema)].filter(Boolean).join('\n\n');
  return { ...talk, instructions };
}

/** Azure, and gateways to it, refuse a request with a longer description. */
function shortenedTo({ descriptionLimit }: Learned): (tool: ToolSpec) => ToolSpec {
  return (tool) => {
    if (tool.description.length <= descriptionLimit) return tool;
    const head = tool.description.slice(0, descriptionLimit - 1).replace(/[\uD800-\uDBFF]$/, '');
    return { ...tool, description: `${head}…` };
  };
}

/** For a model without a system role, the instructions open the first user turn. */
function withoutSystem(talk: Talk, { noSystem }: Learned): Talk {
  const [first, ...rest] = talk.messages;
  if (!noSystem || talk.instructions === undefined) return talk;
  const opening = { type: 'text' as const, text: talk.instructions };
  if (first?.role !== 'user') {
    return { ...talk, instructions: undefined, messages: [{ role: 'user', content: [opening] }, ...talk.messages] };
  }
  return { ...talk, instructions: undefined, messages: [{ ...first, content: [opening, ...first.content] }, ...rest] };
}

function mannerOf({ connection }: RequestMessage, question: FormattedQuestion, learned: Learned): Manner {
  const { effort, cacheKey, format } = question;
  const options = requestOptions(connection, question.messages, {
    effort: learned.noEffort ? undefined : effort,
    cacheKey,
  });
  return {
    maxOutputTokens: Math.min(question.maxOutputTokens, learned.outputLimit),
    maxCompletionTokens: learned.maxCompletionTokens,
    wantsReasoning: learned.wantsReasoning,
    wantsSignature: learned.wantsSignature,
    ...(format.kind === 'native'
      ? { options: withOptions(options, format.providerOptions), format: format.responseFormat }
      : { options }),
  };
}
