/**
 * Where the schemas of request bodies come from: the request types of the providers' own SDK packages, and the public
 * OpenAPI documents where a folder of them is beside the checkout.
 */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join, resolve } from 'node:path';

export interface SdkSource {
  readonly name: string;
  readonly package: string;
  /** TypeScript that exports the type `Body`. */
  readonly code: string;
}

export const SDK_SOURCES: readonly SdkSource[] = [
  {
    name: 'openai-chat',
    package: 'openai',
    code: `import type { ChatCompletionCreateParamsStreaming } from 'openai/resources/chat/completions';
export type Body = ChatCompletionCreateParamsStreaming;`,
  },
  {
    name: 'openai-responses',
    package: 'openai',
    code: `import type { ResponseCreateParamsStreaming } from 'openai/resources/responses/responses';
export type Body = ResponseCreateParamsStreaming;`,
  },
  {
    name: 'anthropic',
    package: '@anthropic-ai/sdk',
    code: `import type { MessageCreateParamsStreaming } from '@anthropic-ai/sdk/resources/messages';
export type Body = MessageCreateParamsStreaming;`,
  },
  {
    // The SDK takes these as one "config" and puts them on the body itself.
    name: 'gemini',
    package: '@google/genai',
    code: `import type { Content, GenerationConfig, SafetySetting, Tool, ToolConfig } from '@google/genai';
export interface Body {
  contents: Content[];
  systemInstruction?: Content;
  tools?: Tool[];
  toolConfig?: ToolConfig;
  safetySettings?: SafetySetting[];
  generationConfig?: GenerationConfig;
  cachedContent?: string;
}`,
  },
];

const OPENAPI = resolve('../shared/fixtures/openapi');

/** The names of the OpenAPI bodies that are here. */
export function openapiNames(): string[] {
  if (!existsSync(OPENAPI)) return [];
  return readdirSync(OPENAPI)
    .filter((name) => name.endsWith('.json'))
    .map((name) => name.slice(0, -'.json'.length))
    .sort();
}

export const openapiText = (name: string): string => readFileSync(join(OPENAPI, `${name}.json`), 'utf8');

/** The version of an installed package. */
export function versionOf(name: string): string {
  const require = createRequire(import.meta.url);
  const folder = require.resolve.paths(name)?.find((path) => existsSync(join(path, name, 'package.json')));
  if (folder === undefined) throw new Error(`the package ${name} is not installed`);
  return (JSON.parse(readFileSync(join(folder, name, 'package.json'), 'utf8')) as { version: string }).version;
}
