/** Gemini's own API: contents of parts, and the signature of its thought on the first call of each step. */
import { refuseBesideTools } from './answer-mode.js';
import { NAME } from './chat.js';
import {
  type Dialect,
  data,
  demand,
  type Given,
  isRecord,
  type Json,
  listOf,
  pieces,
  removedIn,
  textOf,
} from './dialect.js';
import { checkSignature, geminiError } from './gemini.js';
import { signatureOf } from './script.js';

export const google: Dialect = {
  name: 'google',
  idPrefix: '',
  check({ headers, body }) {
    demand(headers['x-goog-api-key'] !== undefined, 'no key was given', 403);
    const contents = listOf(body.contents);
    demand(contents.length > 0, 'contents are not specified');
    demand(contents[0]?.role === 'user', 'the first turn is of the user');
    for (const [i, content] of contents.entries()) checkContent(content, contents[i - 1]);
    checkThoughts(body);
    const { responseMimeType } = isRecord(body.generationConfig) ? body.generationConfig : {};
    refuseBesideTools(responseMimeType, body.tools);
    for (const { name } of listOf(body.tools).flatMap((tool) => listOf(tool.functionDeclarations))) {
      demand(NAME.test(textOf(name)), `not a name for a function: ${name}`);
    }
  },
  replies,
  events: googleEvents,
  errorBody: geminiError,
};

// ---

const partsOf = (content: Json | undefined): readonly Json[] => listOf(content?.parts);
const callsOf = (content: Json | undefined): readonly Json[] =>
  partsOf(content).flatMap(({ functionCall }) => (isRecord(functionCall) ? [functionCall] : []));

function removed(body: Json): number {
  return removedIn(listOf(body.contents).flatMap((content) => partsOf(content).map(({ text }) => textOf(text))));
}

function replies(body: Json): number {
  return removed(body) + listOf(body.contents).filter(({ role }) => role === 'model').length;
}

function checkContent(content: Json, before: Json | undefined): void {
  demand(content.role === 'user' || content.role === 'model', `there is no role ${content.role}`);
  demand(partsOf(content).length > 0, 'contents.parts must not be empty');
  for (const part of partsOf(content)) {
    demand(part.text !== '' || part.thoughtSignature !== undefined, 'a part of contents has no data');
  }
  const answers = partsOf(content).filter(({ functionResponse }) => functionResponse !== undefined);
  const asked = callsOf(before);
  demand(
    answers.length === asked.length,
    'the number of function response parts must equal that of the function call parts before them',
  );
}

/** Only since the last turn of the person; the signature is on the first call of a step. */
function checkThoughts(body: Json): void {
  const contents = listOf(body.contents);
  const asked = contents.findLastIndex((c) => c.role === 'user' && partsOf(c).some(({ text }) => text !== undefined));
  let n = removed(body);
  for (const [i, content] of contents.entries()) {
    if (content.role !== 'model') continue;
    const steps = partsOf(content).filter(({ functionCall }) => functionCall !== undefined);
    const given = steps[0]?.thoughtSignature;
    const needed = steps.length > 0 && i > asked;
    demand(!needed || given !== undefined, 'a functionCall part lacks its thought_signature');
    if (given !== undefined) checkSignature(given, signatureOf(textOf(body.model), n));
    n++;
  }
}

function googleEvents(given: Given, body: Json): string {
  const chunk = (parts: readonly Json[], more: Json = {}): string => {
    const candidates = [{ index: 0, content: { role: 'model', parts }, ...more }];
    return data({ candidates, modelVersion: body.model, responseId: 'r1' });
  };
  const usageMetadata = {
    promptTokenCount: 100,
    candidatesTokenCount: 12,
    thoughtsTokenCount: 8,
    totalTokenCount: 120,
  };
  const calls = given.calls.map(({ name, args }, i) => ({
    functionCall: { name, args },
    ...(i === 0 ? { thoughtSignature: given.signature } : {}),
  }));
  return [
    chunk([{ text: given.thinking, thought: true }]),
    ...pieces(given.text).map((text) => chunk([{ text }])),
    ...(calls.length > 0 ? [chunk(calls)] : []),
    data({
      candidates: [
        { index: 0, content: { role: 'model', parts: [{ text: '' }] }, finishReason: given.finish ?? 'STOP' },
      ],
      usageMetadata,
    }),
  ].join('');
}
