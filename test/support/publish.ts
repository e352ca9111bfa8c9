/** Puts what a program has measured into a page of the documentation, so that no figure is copied by hand. */
import { readFileSync, writeFileSync } from 'node:fs';

/** Replaces what the page has between `<!-- name -->` and `<!-- /name -->`. */
export function publish(page: string, name: string, lines: readonly string[]): void {
  const text = readFileSync(page, 'utf8');
  const [begin, end] = [`<!-- ${name} -->\n`, `<!-- /${name} -->`];
  const [from, to] = [text.indexOf(begin), text.indexOf(end)];
  if (from < 0 || to < from) throw new Error(`${page} has no place for ${name}.`);
  writeFileSync(page, `${text.slice(0, from + begin.length)}\n${lines.join('\n')}\n\n${text.slice(to)}`);
}
