/**
 * The tool that a model means: models write its name with the namespace of another API, with the marks of their template,
 * or with other separators. Pure.
 */
import { ALIASES } from './tool.js';

/** @returns the name of the only tool that can be meant; undefined when there is none or more than one */
export function resolveToolName(said: string, names: Iterable<string>): string | undefined {
  const known = [...names];
  const exact = (name: string): string | undefined =>
    known.includes(name) ? name : Object.hasOwn(ALIASES, name) ? exact(ALIASES[name] ?? '') : undefined;
  for (const form of formsOf(said)) {
    const same = exact(form);
    if (same !== undefined) return same;
    const alike = folded(form) === '' ? [] : known.filter((name) => folded(name) === folded(form));
    if (alike.length > 0) return alike.length === 1 ? alike[0] : undefined;
  }
  return undefined;
}

// ---

/** Of APIs, templates and other agents. */
const NAMESPACE = /^(?:(?:functions?|default_api|tools?|mcp)[.:/]|mcp__)/i;

/** As it was said, then without what does not belong to it. */
function formsOf(said: string): string[] {
  // A name ends before a token of the template and before the number of a call.
  const bare = said
    .slice(0, 200)
    .replace(/<\|[\s\S]*$/, '')
    .replace(/^[\s"'`*]+|[\s"'`*]+$/g, '')
    .replace(/\(\)$|:\d+$/, '');
  const forms = [said, bare];
  for (let form = bare; NAMESPACE.test(form); ) {
    form = form.replace(NAMESPACE, '');
    forms.push(form);
  }
  return forms.filter((form) => form !== '');
}

function folded(name: string): string {
  return name.toLowerCase().replace(/[^a-z0-9]+/g, '');
}
