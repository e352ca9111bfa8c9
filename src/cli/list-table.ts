/**
 * The table of `rookery list`: a group after the other, one line for each task, cut to the width of the terminal, and a
 * footer with what to do next. Pure.
 */
import { dollars, grouped } from '../domain/cost.js';
import { shortId } from '../domain/task-id.js';
import { visibleLine } from '../domain/visible.js';
import { groupOf, LIST_GROUPS, type ListGroup, type ListRow, whyOf } from './list-state.js';
import { paint, type Style } from './paint.js';
import { cutToWidth, fitToWidth, padToWidth, widthOf } from './text-width.js';

export interface TableOptions {
  /** Columns of the terminal. */
  readonly width: number;
  /** Lines of the terminal; absent: as many as it takes. What has ended well makes room for the rest. */
  readonly height?: number;
  readonly color: boolean;
  /** The name of this host. Others are named, in a column that is there only then. */
  readonly here: string;
  /** Milliseconds since 1970. */
  readonly now: number;
}

/** `tasks`: newest first. */
export function listLines(tasks: readonly ListRow[], options: TableOptions): string[] {
  if (tasks.length === 0) return ['No tasks.'];
  const present = grouping(tasks);
  const shown = fitted(present, options.height);
  const columns = columnsOf(
    shown.flatMap(({ rows }) => rows),
    options,
  );
  const isNarrow = widthOf(columns.map(({ title }) => title).join('  ')) > options.width;
  const line = (cells: readonly string[]): string => {
    const text = cells.join('  ').trimEnd();
    return isNarrow ? cutToWidth(text, options.width) : text;
  };
  let row = 0;
  const body = shown.flatMap(({ group, rows, hidden }) => {
    const title = `${TITLES[group]} (${grouped(rows.length + hidden)})`;
    const more =
      hidden === 0 ? [] : [cutToWidth(`… ${grouped(hidden)} more: rookery list --status ${group}`, options.width)];
    return [
      paint(title, STYLES[group], options.color),
      ...rows.map(() => {
        const cells = columns.map(({ cells }) => cells[row] ?? '');
        row++;
        return line(cells);
      }),
      ...more,
    ];
  });
  const head = paint(line(columns.map(({ title }) => title)), 'dim', options.color);
  const footer = footerOf(present, options.now);
  return [head, ...body, ...(footer === '' ? [] : [cutToWidth(footer, options.width)])];
}

// ---

const TITLES: Readonly<Record<ListGroup, string>> = {
  'needs-you': 'Needs you',
  working: 'Working',
  queued: 'Queued',
  failed: 'Failed',
  done: 'Done',
};
const STYLES: Readonly<Record<ListGroup, Style>> = {
  'needs-you': 'yellow',
  working: 'cyan',
  queued: 'dim',
  failed: 'red',
  done: 'green',
};

interface GroupRows {
  readonly group: ListGroup;
  readonly rows: readonly ListRow[];
}
type ShownGroup = GroupRows & { readonly hidden: number };

/** Those that are there, in their order. */
function grouping(tasks: readonly ListRow[]): GroupRows[] {
  const rows = new Map<ListGroup, ListRow[]>(LIST_GROUPS.map((group) => [group, []]));
  for (const task of tasks) rows.get(groupOf(task))?.push(task);
  return [...rows].flatMap(([group, own]) => (own.length === 0 ? [] : [{ group, rows: own }]));
}

const LEAST_DONE = 3;

/** What is done comes last and is most of a long list: on a screen it gives way. */
function fitted(groups: readonly GroupRows[], height = Number.POSITIVE_INFINITY): ShownGroup[] {
  const others = groups.filter(({ group }) => group !== 'done');
  const used = others.reduce((sum, { rows }) => sum + 1 + rows.length, 0);
  // Head, title, the line that says how many more, footer, and the prompt of the shell.
  const room = Math.max(LEAST_DONE, height - used - 5);
  return groups.map(({ group, rows }) => {
    const kept = group === 'done' && rows.length > room + 1 ? rows.slice(0, room) : rows;
    return { group, rows: kept, hidden: rows.length - kept.length };
  });
}

/** As wide as the column is. */
interface Column {
  readonly title: string;
  /** Of the rows in their order: each is made once, because a list has thousands. */
  readonly cells: readonly string[];
}

type CellText = (task: ListRow) => string;

/** From this width on, name and reason leave room for the prompt. */
const WIDE = 110;
const LONGEST_NAME = 16;
const LONGEST_NAME_WIDE = 28;
const LEAST_REASON = 18;

/** The columns of fixed width first, then what is left for the reason and, on a wide terminal, the prompt. */
function columnsOf(rows: readonly ListRow[], { width, here, now }: TableOptions): Column[] {
  const isWide = width >= WIDE;
  const nameWidth = isWide ? LONGEST_NAME_WIDE : LONGEST_NAME;
  const before = [
    fixed(rows, 'ID', ({ id }) => shortId(id)),
    fixed(rows, 'NAME', ({ detail }) => cutToWidth(visibleLine(detail.name ?? ''), nameWidth), 'where filled'),
    fixed(rows, 'HOST', ({ detail }) => (detail.host === here ? '' : visibleLine(detail.host ?? '')), 'where filled'),
    fixed(rows, 'AGE', ({ created_at }) => ageOf(now - Date.parse(created_at))),
  ].flat();
  const behind = [
    fixed(rows, 'ITER', ({ iterations }) => String(iterations ?? '?'), 'right'),
    fixed(rows, 'TOKENS', ({ detail }) => shortCount(detail.usage.total_tokens), 'right'),
    fixed(rows, 'COST', ({ detail }) => (detail.cost ? dollars(detail.cost.usd) : ''), 'right'),
  ].flat();
  const used = (): number => [...before, ...behind].reduce((sum, { size }) => sum + size + 2, 0);
  // On a narrow terminal the reason matters more than the counts.
  while (behind.length > 0 && width - used() < LEAST_REASON) behind.shift();
  const left = Math.max(LEAST_REASON, width - used());
  const prompt = isWide ? Math.floor((left - 2) * 0.4) : 0;
  const why = left - (prompt > 0 ? prompt + 2 : 0);
  return [
    ...before,
    ...(prompt > 0 ? [flexible(rows, { title: 'PROMPT', size: prompt }, ({ prompt: text }) => text)] : []),
    flexible(rows, { title: 'WHY', size: why }, (task) => whyOf(task, prompt > 0)),
    ...behind,
  ];
}

interface FixedColumn extends Column {
  readonly size: number;
}

function fixed(
  rows: readonly ListRow[],
  title: string,
  cell: CellText,
  kind?: 'right' | 'where filled',
): FixedColumn[] {
  const texts = rows.map(cell);
  const longest = texts.reduce((most, text) => Math.max(most, widthOf(text)), 0);
  if (kind === 'where filled' && longest === 0) return [];
  const size = Math.max(title.length, longest);
  const pad = (text: string): string =>
    kind === 'right' ? ' '.repeat(Math.max(0, size - widthOf(text))) + text : padToWidth(text, size);
  return [{ title: pad(title), cells: texts.map(pad), size }];
}

function flexible(
  rows: readonly ListRow[],
  { title, size }: { readonly title: string; readonly size: number },
  text: CellText,
): Column {
  const fitted = (shown: string): string => fitToWidth(shown, size);
  // Nothing behind the cut is seen: long texts are not searched to their end.
  const cells = rows.map((task) => fitted(visibleLine(text(task).slice(0, 4 * size))));
  return { title: fitted(title), cells };
}

function footerOf(groups: readonly GroupRows[], now: number): string {
  const countOf = (wanted: ListGroup): number => groups.find(({ group }) => group === wanted)?.rows.length ?? 0;
  const [waiting, failed] = [countOf('needs-you'), countOf('failed')];
  const midnight = new Date(now).setHours(0, 0, 0, 0);
  const today = groups
    .flatMap(({ rows }) => rows)
    // One that was submitted yesterday and ended this morning is of today.
    .filter(({ created_at, updated_at, detail }) => detail.cost && Date.parse(updated_at ?? created_at) >= midnight)
    .reduce((sum, { detail }) => sum + (detail.cost?.usd ?? 0), 0);
  return [
    waiting > 0 ? `${grouped(waiting)} ${waiting === 1 ? 'needs' : 'need'} you: rookery approvals` : '',
    failed > 0 ? `${grouped(failed)} failed: rookery retry --failed` : '',
    today > 0 ? `${dollars(today)} for tasks active today` : '',
  ]
    .filter(Boolean)
    .join(' · ');
}

/** `12 min`: of the two largest units people want one. */
function ageOf(millis: number): string {
  const seconds = Math.max(0, Math.floor(millis / 1000));
  if (!Number.isFinite(seconds)) return '?';
  if (seconds < 60) return `${seconds} s`;
  if (seconds < 3_600) return `${Math.floor(seconds / 60)} min`;
  if (seconds < 48 * 3_600) return `${Math.floor(seconds / 3_600)} h`;
  return `${Math.floor(seconds / 86_400)} d`;
}

function shortCount(tokens: number | null): string {
  if (tokens === null) return '';
  if (tokens < 10_000) return String(tokens);
  if (tokens < 1_000_000) return `${Math.round(tokens / 1_000)}k`;
  return `${(tokens / 1_000_000).toFixed(1)}M`;
}
