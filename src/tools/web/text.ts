/** What the bytes of an answer are: text in which encoding, or nothing that can be read. Pure. */

export type Kind = 'html' | 'text' | 'binary' | 'unknown';

/** By the header `content-type` alone. `unknown`: only the bytes can tell. */
export function kindOf(type: string): Kind {
  const name = mediaType(type);
  if (name === 'text/html' || name === 'application/xhtml+xml') return 'html';
  if (/^text\/|[/+](json|xml|yaml|toml)$/.test(name) || TEXTS.has(name)) return 'text';
  return name === '' || name === 'application/octet-stream' || name === 'binary/octet-stream' ? 'unknown' : 'binary';
}

/** In lower case, without its parameters. */
export function mediaType(type: string): string {
  return (type.split(';', 1)[0] ?? '').trim().toLowerCase();
}

/** @returns undefined when binary, whatever its type says. */
export function decodeBody(bytes: Buffer, type: string): { kind: 'html' | 'text'; text: string } | undefined {
  const stated = kindOf(type);
  if (stated === 'binary') return undefined;
  const encoding = encodingOf(bytes, type);
  if (!/^utf-?16/.test(encoding) && bytes.subarray(0, LOOKED_AT).includes(0)) return undefined;
  const text = decoded(bytes, encoding);
  if (stated !== 'unknown') return { kind: stated, text };
  // Cut in the middle of a character, the last one is broken without being binary.
  if (text.slice(0, -1).includes('\uFFFD')) return undefined;
  return { kind: /^\s*<(!doctype html|html)/i.test(text) ? 'html' : 'text', text };
}

// ---

const TEXTS = new Set(
  [
    'javascript',
    'ecmascript',
    'x-javascript',
    'typescript',
    'sql',
    'graphql',
    'x-ndjson',
    'jsonl',
    'x-sh',
    'x-yaml',
    'xml-dtd',
    'x-www-form-urlencoded',
  ].map((name) => `application/${name}`),
);
const LOOKED_AT = 4_096;

function encodingOf(bytes: Buffer, type: string): string {
  if (bytes[0] === 0xfe && bytes[1] === 0xff) return 'utf-16be';
  if (bytes[0] === 0xff && bytes[1] === 0xfe) return 'utf-16le';
  const stated = /charset\s*=\s*["']?([\w.:-]{1,40})/i.exec(type)?.[1];
  const inside = kindOf(type) === 'html' ? /<meta[^>]{0,200}?charset\s*=\s*["']?([\w.:-]{1,40})/i : undefined;
  const found = inside?.exec(bytes.subarray(0, LOOKED_AT).toString('latin1'))?.[1];
  return (stated ?? found ?? 'utf-8').toLowerCase();
}

function decoded(bytes: Buffer, encoding: string): string {
  try {
    return new TextDecoder(encoding).decode(bytes);
  } catch {
    return new TextDecoder().decode(bytes);
  }
}
