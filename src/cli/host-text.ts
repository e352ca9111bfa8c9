/**
 * Lists the hosts in a value as they are resolved: in ASCII, with a warning where one label mixes scripts, or where the
 * name is written differently from its ASCII form. Pure.
 */
import { domainToASCII, domainToUnicode } from 'node:url';
import { quoted } from '../domain/visible.js';

/** A line for each host in the texts of a value, at any depth; those with a warning first. */
export function hostLines(value: unknown): string[] {
  const found = new Set<string>();
  for (const { name, text } of textsIn(value)) for (const host of hostsIn(name, text)) found.add(hostText(host));
  const lines = [...found].sort((one, other) => Number(isWarning(other)) - Number(isWarning(one)));
  const left = lines.length - MAX_LINES;
  return left > 0 ? [...lines.slice(0, MAX_LINES), `host: ${left} more, in the arguments above`] : lines;
}

// ---

const WARNING = 'WARNING:';
const MAX_LINES = 50;
const MAX_DEPTH = 100;

/** One host, as it was written. */
function hostText(written: string): string {
  const ascii = asAscii(written);
  if (ascii === '') return `host: ${quoted(written)}  WARNING: this is not a valid host name`;
  const display = domainToUnicode(ascii) || ascii;
  const mixed = display.split('.').flatMap((label) => {
    const scripts = scriptsOf(label);
    return isUsual(scripts) ? [] : [`${quoted(label)} mixes letters of ${scripts.join(' and ')}`];
  });
  const other = [written.toLowerCase(), display].find((form) => form !== ascii);
  const warnings = [...(other === undefined ? [] : [`it can be shown as ${quoted(other)}`]), ...mixed];
  return `host: ${ascii}${warnings.length > 0 ? `  ${WARNING} ${warnings.join('; ')}` : ''}`;
}

function isWarning(line: string): boolean {
  return line.includes(WARNING);
}

interface Named {
  /** Name of the field; empty when the text is not in one. */
  readonly name: string;
  readonly text: string;
}

function* textsIn(value: unknown, name = '', depth = 0): Generator<Named> {
  if (typeof value === 'string') yield { name, text: value };
  else if (typeof value === 'object' && value !== null && depth < MAX_DEPTH)
    for (const [key, one] of Object.entries(value)) yield* textsIn(one, Array.isArray(value) ? name : key, depth + 1);
}

/** Names of fields whose value may be a plain host name. */
const HOST_FIELD = /host|domain|server|site|address|endpoint|origin/i;

/** The host after `://`, up to the character at which a URL parser ends it. */
const AUTHORITY = /(?<=[A-Za-z0-9]):[\\/]{2,}((?:\[[0-9A-Fa-f:.]+\]|[^\s/\\?#"'`<>|)}\]])*)/g;
/** A dotted name with characters outside ASCII, or in Punycode; also without a scheme, as in `curl NAME`. */
const DOTTED =
  /(?<![\p{L}\p{N}\p{M}\p{Cf}_-])(?:[\p{L}\p{N}\p{M}\p{Cf}_-]+[.\u3002\uff0e\uff61])+[\p{L}\p{N}\p{M}\p{Cf}-]+/gu;

function* hostsIn(name: string, text: string): Generator<string> {
  if (HOST_FIELD.test(name) && /^[^\s/:@]{1,255}$/.test(text)) yield text;
  const whole = /^\s*[a-z][a-z0-9+.-]*:/i.test(text) && URL.canParse(text) ? new URL(text) : undefined;
  const authorities = [...text.matchAll(AUTHORITY)].map(([, authority = '']) => withoutUserAndPort(authority));
  for (const host of authorities) if (host !== '') yield host;
  // A URL parser drops line breaks and reads a backslash as a slash, so its result is also listed.
  if (whole?.hostname && !authorities.some((host) => asAscii(host) === whole.hostname)) yield whole.hostname;
  for (const [dotted] of text.matchAll(DOTTED)) if (isRemarkable(dotted)) yield dotted;
}

function withoutUserAndPort(authority: string): string {
  return authority.slice(authority.lastIndexOf('@') + 1).replace(/:\d*$/, '');
}

/** File names may have dots and accents; a name that mixes scripts is listed. */
function isRemarkable(name: string): boolean {
  if (/(^|\.)xn--/i.test(name)) return true;
  return /[^\0-\x7f]/.test(name) && name.split('.').some((label) => !isUsual(scriptsOf(label)));
}

function asAscii(host: string): string {
  let plain = host;
  try {
    plain = decodeURIComponent(host);
  } catch {
    // The percent sign is literal, which no host name has.
  }
  const url = `http://${plain}/`;
  return domainToASCII(plain) || (URL.canParse(url) ? new URL(url).hostname : '');
}

/** Scripts used in names; all others count as one script. */
const SCRIPTS = [
  ...['Latin', 'Cyrillic', 'Greek', 'Armenian', 'Georgian', 'Hebrew', 'Arabic', 'Devanagari', 'Bengali', 'Tamil'],
  ...['Telugu', 'Kannada', 'Malayalam', 'Gujarati', 'Gurmukhi', 'Sinhala', 'Thai', 'Lao', 'Khmer', 'Myanmar'],
  ...['Tibetan', 'Ethiopic', 'Cherokee', 'Han', 'Hiragana', 'Katakana', 'Hangul', 'Bopomofo'],
].map((name) => ({ name, letters: new RegExp(`\\p{Script=${name}}`, 'u') }));
const OTHER = new RegExp(
  `[^${['Common', 'Inherited', ...SCRIPTS.map(({ name }) => name)].map((name) => `\\p{Script=${name}}`).join('')}]`,
  'u',
);

/** Scripts that Japanese, Chinese and Korean text combines. */
const TOGETHER = [
  ['Latin', 'Han', 'Hiragana', 'Katakana'],
  ['Latin', 'Han', 'Bopomofo'],
  ['Latin', 'Han', 'Hangul'],
];

function scriptsOf(label: string): string[] {
  const known = SCRIPTS.filter(({ letters }) => letters.test(label)).map(({ name }) => name);
  return OTHER.test(label) ? [...known, 'another alphabet'] : known;
}

function isUsual(scripts: readonly string[]): boolean {
  return scripts.length < 2 || TOGETHER.some((together) => scripts.every((script) => together.includes(script)));
}
