/** Replaces a piece of a text file by another, exactly. Never guesses which piece was meant. */
import { z } from 'zod';
import { utf8Length } from '../domain/conversation.js';
import { Refusal } from '../domain/errors.js';
import { quotedPath } from '../domain/visible.js';
import { contentHash, type FileVersion, stampFrom, stampOf } from './file-version.js';
import { catchingErrors, failed, ok } from './outcome.js';
import { type Replaced, replaceText, withUnixLineEnds } from './replace-text.js';
import { defineTool, type ToolContext, type ToolOutcome } from './tool.js';
import { openFile, type WorkspacePath } from './workspace.js';
import { refuseChanged, replaceFile, resolveForWriting, WRITE_REFUSALS } from './writing.js';

const MAX_BYTES = 2 * 1024 * 1024;
const SHOWN_LINES = 20;

const piece = z.string().refine((text) => utf8Length(text) <= MAX_BYTES / 2, 'at most 1 MiB is allowed');

const input = z.strictObject({
  path: z.string().min(1).describe('Path of an existing file, relative to the workspace.'),
  old: piece.min(1, 'it is empty; give the text to replace').describe('The text to replace, exactly as in the file.'),
  new: piece.describe('What takes its place; empty to remove it.'),
  all: z.boolean().optional().describe('Replace every occurrence. Default false: there must be exactly one.'),
});

type Args = z.infer<typeof input>;

export const editFile = defineTool({
  name: 'edit_file',
  description:
    'Replaces text in an existing text file in the workspace: `old` must occur exactly once, or `all` be given. ' +
    'White space counts; line ends (LF or CRLF) match either way and stay as the file has them. UTF-8 files of at most ' +
    `2 MiB. Refused when the file changed since you last read or wrote it. ${WRITE_REFUSALS}`,
  input,
  effect: 'write',
  replay: 'unsafe',
  placement: 'activity',
  run: catchingErrors(async (args, context) => {
    if (withUnixLineEnds(args.old) === withUnixLineEnds(args.new))
      return failed('`old` and `new` are the same text; nothing was changed.');
    const place = await resolveForWriting(args.path, context);
    const before = await read(place);
    refuseChanged(place, before, context);
    const replaced = replaceText(before.text, { ...args, all: args.all ?? false, maxBytes: MAX_BYTES });
    if (replaced.kind !== 'replaced') return failed(problem(args, replaced));
    const guard = (path: string): boolean => stampOf(path) === before.stamp;
    if (!(await replaceFile(place, replaced.text, { ...context, guard }))) {
      return failed(
        `${quotedPath(args.path)} was changed by another program in the meantime; nothing was written. Read it again.`,
      );
    }
    context.seen?.note(place.real, contentHash(replaced.text));
    return ok(`Replaced ${counted(replaced.lines.length)} in ${place.shown} (${told(replaced.lines)})`);
  }),
  probe: (args, context) => probe(args, context).catch(() => undefined),
  touches: ({ path }) => ({ paths: [path] }),
  summary: ({ path }) => path,
});

// ---

interface Before extends FileVersion {
  readonly text: string;
}

async function read(place: WorkspacePath): Promise<Before> {
  const { file, size } = await openFile(place);
  try {
    if (size > MAX_BYTES) {
      throw new Refusal(`${quotedPath(place.shown)} has ${size} bytes, more than the 2 MiB that can be edited.`);
    }
    const stamp = stampFrom(await file.stat({ bigint: true }));
    const bytes = Buffer.alloc(size);
    const { bytesRead } = await file.read(bytes, 0, size, 0);
    const content = bytes.subarray(0, bytesRead);
    return { text: decoded(content, place.shown), hash: contentHash(content), stamp };
  } finally {
    await file.close();
  }
}

/** A file that is not UTF-8 text would be changed by decoding and writing it back. */
function decoded(bytes: Buffer, shown: string): string {
  if (bytes.includes(0)) throw new Refusal(`${quotedPath(shown)} is a binary file; only text can be edited.`);
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    throw new Refusal(`${quotedPath(shown)} is not valid UTF-8; change it with a shell command.`);
  }
}

function problem({ path }: Args, replaced: Exclude<Replaced, { kind: 'replaced' }>): string {
  if (replaced.kind === 'too_big') return `${quotedPath(path)} would have more than 2 MiB then; nothing was changed.`;
  if (replaced.kind === 'ambiguous') {
    const where = `${replaced.lines.length} times in ${quotedPath(path)} (${told(replaced.lines)})`;
    return `The text occurs ${where}; give more of the surrounding text, or set all.`;
  }
  const { near } = replaced;
  const hint = near ? ` Apart from ${near.difference} it matches line ${near.line}: ${quotedPath(near.text)}` : '';
  return `The text does not occur in ${quotedPath(path)}; read the file and give the text exactly as it stands there.${hint}`;
}

function counted(count: number): string {
  return `${count} occurrence${count === 1 ? '' : 's'}`;
}

function told(lines: readonly number[]): string {
  const shown = lines.slice(0, SHOWN_LINES).join(', ');
  return `line${lines.length === 1 ? '' : 's'} ${shown}${lines.length > SHOWN_LINES ? ', …' : ''}`;
}

/**
 * Tells the state of the file, not of the call: a call that replaced nothing may have left the same state. Certain only
 * where the old text is absent and the new one occurs once; unknown where one contains the other, or nothing was
 * inserted.
 */
async function probe(args: Args, context: ToolContext): Promise<ToolOutcome | undefined> {
  const [old, fresh] = [withUnixLineEnds(args.old), withUnixLineEnds(args.new)];
  if (fresh.trim() === '' || fresh.includes(old) || old.includes(fresh)) return undefined;
  const place = await resolveForWriting(args.path, context);
  const text = withUnixLineEnds((await read(place)).text);
  const times = text.split(fresh).length - 1;
  if (text.includes(old) || times === 0 || (times > 1 && !args.all)) return undefined;
  return ok(
    `${place.shown} holds the new text and not the old one. The call was interrupted; this was found afterwards.`,
  );
}
