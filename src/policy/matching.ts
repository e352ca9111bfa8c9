/**
 * Whether a rule matches a call. For a call that touches several things, `run` must cover each of them, while `ask` and
 * `refuse` need only one. `maybe`: a part of the call cannot be read. Pure.
 */
import type { NetworkEntry, Registries } from '../domain/network-entry.js';
import { foldName } from '../domain/protected.js';
import { canonicalName } from '../domain/tool.js';
import { canonicalArguments, textOfArguments } from './arguments.js';
import { matchesHost, matchesPath, matchesText } from './glob.js';
import { entriesOf, uncovered } from './network.js';
import type { PolicyPath } from './places.js';
import { type Judged, listOf, type Rule } from './rule.js';
import { coversAll, meansAny, type ParsedLine } from './shell/command-pattern.js';

export type Match = 'yes' | 'no' | 'maybe';

/** What a call touches, read once. */
export interface TouchedThings {
  readonly places: readonly PolicyPath[];
  readonly hosts: readonly string[];
  readonly line: ParsedLine | undefined;
  readonly args: unknown;
  /** What a command in the sandbox asks to reach. */
  readonly network: readonly NetworkEntry[];
  readonly registries: Registries | undefined;
}

export function matches(rule: Rule, tool: Judged, seen: TouchedThings): Match {
  if (!appliesTo(rule, tool)) return 'no';
  const found = [
    rule.path === undefined ? 'yes' : matchPaths(rule, seen.places),
    rule.host === undefined ? 'yes' : matchHosts(rule, seen.hosts),
    rule.command === undefined ? 'yes' : matchCommand(rule, seen.line),
    rule.arguments === undefined ? 'yes' : matchArguments(rule.arguments, seen.args),
    matchNetwork(rule, seen),
  ];
  return found.includes('no') ? 'no' : found.includes('maybe') ? 'maybe' : 'yes';
}

/** By what the tool is, whatever it touches. */
export function appliesTo(rule: Rule, tool: Judged): boolean {
  const name = canonicalName(tool.name);
  if (rule.tool !== undefined && !listOf(rule.tool).some((glob) => matchesText(canonicalName(glob), name)))
    return false;
  return rule.effect === undefined || listOf(rule.effect).includes(tool.effect);
}

// ---

/** Longer ones are not compared: no file system of a workspace goes that deep. */
const MAX_PATH = 1_024;

function matchPaths(rule: Rule, places: readonly PolicyPath[]): Match {
  if (places.length === 0) return 'no';
  const isLong = (place: PolicyPath): boolean => place.absolute.length > MAX_PATH;
  const globs = listOf(rule.path);
  const fits = (place: PolicyPath): boolean => !isLong(place) && globs.some((glob) => matchesPlace(glob, place));
  if (rule.do === 'run') return places.every(fits) ? 'yes' : 'no';
  // Where case or accents are not told apart, another spelling is the same file.
  const foldedGlobs = globs.map(fold);
  const isMeant = (place: PolicyPath): boolean =>
    fits(place) || (!isLong(place) && foldedGlobs.some((glob) => matchesPlace(glob, foldPlace(place))));
  return places.some(isMeant) ? 'yes' : places.some(isLong) ? 'maybe' : 'no';
}

function matchesPlace(glob: string, { absolute, inside }: PolicyPath): boolean {
  if (glob.startsWith('/')) return matchesPath(glob, absolute);
  return inside !== undefined && matchesPath(glob, inside);
}

function fold(path: string): string {
  return path.split('/').map(foldName).join('/');
}

function foldPlace({ absolute, inside }: PolicyPath): PolicyPath {
  return { absolute: fold(absolute), inside: inside === undefined ? undefined : fold(inside) };
}

function matchHosts(rule: Rule, hosts: readonly string[]): Match {
  if (hosts.length === 0) return 'no';
  const fits = (host: string): boolean => listOf(rule.host).some((pattern) => matchesHost(pattern, host));
  return (rule.do === 'run' ? hosts.every(fits) : hosts.some(fits)) ? 'yes' : 'no';
}

/** `maybe`: they are not known, or cannot be compared. */
function matchArguments(wanted: string, args: unknown): Match {
  const given = textOfArguments(args);
  if (given === undefined) return 'maybe';
  return given === canonicalArguments(wanted) ? 'yes' : 'no';
}

/** A rule that lets a call run gives it no more of the network than the rule names. */
function matchNetwork(rule: Rule, { line, network, registries }: TouchedThings): Match {
  if (rule.do !== 'run') return 'yes';
  if (rule.network !== undefined && !line) return 'no';
  return uncovered(network, entriesOf(listOf(rule.network), registries)).length === 0 ? 'yes' : 'no';
}

function matchCommand(rule: Rule, line: ParsedLine | undefined): Match {
  if (!line) return 'no';
  const patterns = listOf(rule.command);
  if (rule.do === 'run') return coversAll(patterns, line) ? 'yes' : 'no';
  return meansAny(patterns, line);
}
