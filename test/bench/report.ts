/** Prints what was measured as a table in Markdown, and writes it as JSON. */
import { writeFile } from 'node:fs/promises';
import { type Figure, isMet, median, type Section } from './figures.js';

export function tableOf(sections: readonly Section[]): string[] {
  return sections.flatMap(({ title, figures, notes = [] }) => [
    '',
    `### ${title}`,
    '',
    '| | median | lowest to highest | aim | |',
    '| --- | --: | --: | --: | --- |',
    ...figures.map(rowOf),
    ...notes.flatMap((note) => ['', note]),
  ]);
}

export async function report(path: string, run: Readonly<Record<string, unknown>>): Promise<void> {
  await writeFile(path, `${JSON.stringify(run, null, 2)}\n`);
}

// ---

function rowOf(figure: Figure): string {
  const { name, unit, values, target, note } = figure;
  const sorted = [...values].sort((a, b) => a - b);
  const span = values.length > 1 ? `${shown(sorted[0])} to ${shown(sorted.at(-1))}` : '';
  const aim = target ? ('most' in target ? `≤ ${target.most}` : `≥ ${target.least}`) : '';
  const met = isMet(figure);
  const verdict = met === undefined ? '' : met ? 'met' : 'missed';
  const label = unit === 'ratio' || unit === 'count' ? '' : ` ${unit}`;
  return `| ${name}${note ? ` (${note})` : ''} | ${shown(median(values))}${label} | ${span} | ${aim} | ${verdict} |`;
}

function shown(value: number | undefined): string {
  if (value === undefined || !Number.isFinite(value)) return '–';
  return Math.abs(value) >= 100 ? value.toFixed(0) : value.toFixed(Math.abs(value) >= 10 ? 1 : 2);
}
