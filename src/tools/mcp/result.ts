/** What a server answered to a call, as text for the model. Pictures and other bytes are named, not shown. Pure. */
import { canonical } from '../../domain/canonical.js';
import { utf8Length } from '../../domain/conversation.js';
import type { ToolOutcome } from '../tool.js';
import { truncate } from '../truncate.js';
import { clean, cleanLine } from './clean.js';
import type { CallResult } from './connection.js';

export function toOutcome({ content = [], structuredContent, isError }: CallResult): Omit<ToolOutcome, 'origin'> {
  const parts = content.map(textOf);
  const text = parts.join('\n');
  const structured =
    structuredContent === undefined || says(text, structuredContent) ? [] : [toJson(structuredContent)];
  const whole = [...(text === '' ? [] : [text]), ...structured].join('\n');
  return { outcome: isError === true ? 'failed' : 'ok', content: truncate(clean(whole)) || '[no output]' };
}

// ---

type Part = Readonly<Record<string, unknown>>;

function textOf(value: unknown): string {
  const part = Object(value) as Part;
  const { type, text } = part;
  if (type === 'text' && typeof text === 'string') return text;
  if (type === 'image' || type === 'audio') return bytes(type, part.mimeType, part.data);
  if (type === 'resource_link') return `[link to a resource: ${word(part.uri, 500)}]`;
  if (type === 'resource') return resource(Object(part.resource) as Part);
  return `[a part of the unknown type ${JSON.stringify(word(type, 40))}]`;
}

function resource({ uri, mimeType, text, blob }: Part): string {
  const kind = `resource ${word(uri, 500)}`;
  if (typeof text === 'string') return `[${kind}, ${word(mimeType, 80) || 'text'}, ${utf8Length(text)} bytes]`;
  return bytes(kind, mimeType, blob);
}

function bytes(kind: string, mimeType: unknown, base64: unknown): string {
  const size = typeof base64 === 'string' ? Math.floor((base64.replace(/=+$/, '').length * 3) / 4) : 0;
  return `[${kind}, ${word(mimeType, 80) || 'of no stated type'}, ${size} bytes]`;
}

function word(value: unknown, max: number): string {
  return typeof value === 'string' ? cleanLine(value, max) : '';
}

/** Most servers send the same twice, once as text. */
function says(text: string, structured: unknown): boolean {
  try {
    return canonical(JSON.parse(text)) === canonical(structured);
  } catch {
    return false;
  }
}

function toJson(value: unknown): string {
  try {
    return JSON.stringify(value);
  } catch {
    return '[structured content that is nested too deep]';
  }
}
