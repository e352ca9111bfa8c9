/**
 * A model of a provider: native tools where it has them, the text protocol where it has not. One request per question,
 * two only when a provider says for the first time that a model takes no tools.
 */
import { RookeryError } from '../domain/errors.js';
import type { RequestMessage, Spoken, Talk } from './converse.js';
import type { Model, ModelRequest } from './model.js';
import { saysNoTools } from './provider-words.js';
import { textTalk, withTextCalls } from './text-mode.js';
import { instructionsOf, toModelMessages } from './wire.js';

/** Which models need the text protocol; learnt while the process lives. */
export interface TextModels {
  has(line: RequestMessage): boolean;
  add(line: RequestMessage): void;
}

export function providerModel(line: RequestMessage, textModels: TextModels): Model {
  const { provider, model } = line.connection;
  return {
    ask: async (question) => ({ ...(await answer(line, question, textModels)), provider, model }),
  };
}

export function textModels(names: readonly string[]): TextModels {
  const learnt = new Set<string>();
  const nameOf = ({ connection }: RequestMessage): string => `${connection.baseUrl} ${connection.model}`;
  return {
    has: (line) => {
      const { provider, model } = line.connection;
      return names.includes(model) || names.includes(`${provider}:${model}`) || learnt.has(nameOf(line));
    },
    add: (line) => void learnt.add(nameOf(line)),
  };
}

/** The AI SDK, loaded by the first request; an earlier call preloads it. */
export function loadSdk(): Promise<typeof import('./converse.js')> {
  return import('./converse.js');
}

// --- internal ---

async function answer(line: RequestMessage, question: ModelRequest, textModels: TextModels): Promise<Spoken> {
  if (textModels.has(line)) return inText(line, question);
  try {
    return await native(line, question);
  } catch (error) {
    if (question.tools.length === 0 || !refusesTools(error)) throw error;
    textModels.add(line);
    return inText(line, question);
  }
}

async function native(line: RequestMessage, question: ModelRequest): Promise<Spoken> {
  const { messages, tools } = question;
  const wire = toModelMessages(messages, line.connection.provider);
  const spoken = await say(line, { instructions: instructionsOf(messages), messages: wire, tools }, question);
  return tools.length === 0 ? spoken : withTextCalls(spoken, true);
}

async function inText(line: RequestMessage, question: ModelRequest): Promise<Spoken> {
  const spoken = await say(line, textTalk(question.messages, question.tools), question);
  return question.tools.length === 0 ? spoken : withTextCalls(spoken, false);
}

async function say(line: RequestMessage, talk: Talk, question: ModelRequest): Promise<Spoken> {
  const { converse } = await loadSdk();
  return converse(line, talk, question);
}

const refusesTools = (error: unknown): boolean =>
  error instanceof RookeryError && error.code === 'bad_request' && saysNoTools(error.message);
