/**
 * Phrases that are typical of prompt injection, for an optional warning above untrusted content. Nothing is refused
 * because of one: real attacks do not need them, and harmless texts contain them. Pure.
 */

/** @returns the first such phrase in the text; undefined when there is none */
export function suspiciousPhrase(text: string): string | undefined {
  return PHRASES.exec(text.slice(0, MAX_UNITS))?.[0].replace(/\s+/g, ' ');
}

// ---

const MAX_UNITS = 64 * 1024;

const OLD = '(?:previous|prior|above|earlier|preceding|all|your)';
const PHRASES = new RegExp(
  [
    `\\b(?:ignore|disregard|forget|override)\\s+(?:all\\s+|the\\s+|any\\s+)*${OLD}\\s+(?:\\w+\\s+)?(?:instructions?|rules|prompts?)\\b`,
    '\\bnew\\s+system\\s+prompt\\b',
    '\\byou\\s+are\\s+now\\s+(?:an?|the|in)\\b',
    '\\bfrom\\s+now\\s+on,?\\s+you\\s+(?:are|will|must)\\b',
    '\\b(?:reveal|print|show|repeat)\\s+(?:me\\s+)?(?:your|the)\\s+system\\s+prompt\\b',
    '\\bdo\\s+anything\\s+now\\b',
    '</?(?:system|override|instructions)>',
    '\\byou\\s+must\\s+obey\\b',
    '\\bdo\\s+not\\s+tell\\s+the\\s+user\\b',
  ].join('|'),
  'i',
);
