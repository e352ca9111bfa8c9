/**
 * The arguments of calls as they came in the stream. Some packages put an empty object in place of broken JSON, and a tool
 * must not run with arguments that the model never wrote.
 */
import type { LanguageModelV4StreamPart } from '@ai-sdk/provider';
import type { ModelIdentity } from '../connection.js';
import { isRecord, parseJson } from '../errors/provider-words.js';

/** The package of OpenRouter also hides broken arguments that come in one piece; the raw chunks still have them. */
export function wantsRawChunks({ adapter }: ModelIdentity): boolean {
  return adapter === 'openrouter';
}

export class CallArguments {
  readonly #texts = new Map<string, string>();
  /** By the index of the call in the chunks. */
  readonly #ids = new Map<unknown, string>();

  add(part: LanguageModelV4StreamPart): void {
    if (part.type === 'tool-input-delta') this.#append(part.id, part.delta);
    else if (part.type === 'raw') this.#addRaw(part.rawValue);
  }

  /** Whether the arguments of that call came as something else than one JSON object. */
  areBroken(call: { readonly toolCallId: string }): boolean {
    const text = this.#texts.get(`raw ${call.toolCallId}`) ?? this.#texts.get(call.toolCallId) ?? '';
    return text.trim() !== '' && !isRecord(parseJson(text));
  }

  #addRaw(chunk: unknown): void {
    const choice = isRecord(chunk) && Array.isArray(chunk.choices) ? (chunk.choices[0] as unknown) : undefined;
    const delta = isRecord(choice) && isRecord(choice.delta) ? choice.delta : {};
    for (const call of Array.isArray(delta.tool_calls) ? delta.tool_calls.filter(isRecord) : []) {
      if (typeof call.id === 'string' && call.id !== '') this.#ids.set(call.index, call.id);
      const id = this.#ids.get(call.index);
      const text = isRecord(call.function) ? call.function.arguments : undefined;
      if (id !== undefined && typeof text === 'string') this.#append(`raw ${id}`, text);
    }
  }

  #append(id: string, text: string): void {
    this.#texts.set(id, (this.#texts.get(id) ?? '') + text);
  }
}

/** What a call was given. Anything but an object is no arguments, and neither is a key that reaches a prototype. */
export function argumentsIn(text: string): Readonly<Record<string, unknown>> | undefined {
  const parsed = text.trim() === '' ? {} : parseJson(text);
  return isRecord(parsed) && !reachesPrototype(parsed) ? parsed : undefined;
}

function reachesPrototype(value: unknown): boolean {
  if (typeof value !== 'object' || value === null) return false;
  if (Object.hasOwn(value, '__proto__')) return true;
  const own = Object.hasOwn(value, 'constructor') ? Reflect.get(value, 'constructor') : undefined;
  return (isRecord(own) && Object.hasOwn(own, 'prototype')) || Object.values(value).some(reachesPrototype);
}
