/** Writes a text file in the workspace: atomically as a whole, or appended. */
import { constants } from 'node:fs';
import { open } from 'node:fs/promises';
import { z } from 'zod';
import { utf8Length } from '../domain/conversation.js';
import { Refusal } from '../domain/errors.js';
import { quotedPath } from '../domain/visible.js';
import { ignoring } from '../files/errors.js';
import { contentHash, type FileVersion, stampOf, versionAt } from './file-version.js';
import { catchingErrors, failed, ok } from './outcome.js';
import { defineTool, type ToolContext, type ToolOutcome } from './tool.js';
import { openFile, type WorkspacePath } from './workspace.js';
import { inParent, refuseChanged, replaceFile, resolveForWriting, WRITE_REFUSALS } from './writing.js';

const MAX_BYTES = 1024 * 1024;

const input = z.strictObject({
  path: z.string().min(1).describe('Path relative to the workspace. Missing directories are made.'),
  content: z
    .string()
    .refine((text) => utf8Length(text) <= MAX_BYTES, 'at most 1 MiB is allowed; write the rest with append')
    .describe('The whole new content, or what is added with append.'),
  overwrite: z
    .boolean()
    .optional()
    .describe('Replace an existing file that was never read in this task. Default false: that is refused.'),
  append: z.boolean().optional().describe('Add at the end instead of replacing. Default false.'),
});

type Args = z.infer<typeof input>;

export const writeFile = defineTool({
  name: 'write_file',
  description:
    'Writes a text file in the workspace: replaces it as a whole, or adds at its end with append. At most 1 MiB a call. ' +
    'A file that exists must have been read before, or overwrite be given; refused when it changed since you last read ' +
    `or wrote it. ${WRITE_REFUSALS}`,
  input,
  effect: 'write',
  replay: 'unsafe',
  placement: 'activity',
  run: catchingErrors(async (args, context) => {
    const place = await resolveForWriting(args.path, context);
    const before = context.seen && (await versionAt(place));
    if (args.append) {
      if (before) refuseChanged(place, before, context);
      await append(place, args.content);
    } else {
      if (before) refuseUnread(place, args, { before, context });
      const guard = (path: string): boolean => context.seen === undefined || stampOf(path) === before?.stamp;
      if (!(await replaceFile(place, args.content, { ...context, guard })))
        return failed(`${quotedPath(args.path)} was changed by another program in the meantime; nothing was written.`);
    }
    await noteWritten(place, args, { before, context });
    return done(args, place);
  }),
  async probe(args, context) {
    // Whether an append was made cannot be determined.
    if (args.append) return undefined;
    try {
      const place = await resolveForWriting(args.path, context);
      return (await contains(place, args.content)) ? done(args, place) : undefined;
    } catch {
      return undefined;
    }
  },
  touches: ({ path }) => ({ paths: [path] }),
  summary: ({ path }) => path,
});

// ---

interface Written {
  readonly before: FileVersion | undefined;
  readonly context: ToolContext;
}

function refuseUnread(
  place: WorkspacePath,
  { overwrite }: Args,
  { before, context }: Written & { readonly before: FileVersion },
): void {
  refuseChanged(place, before, context);
  if (overwrite || context.seen?.last(place.real) !== undefined) return;
  throw new Refusal(
    `${quotedPath(place.shown)} exists and was not read in this task; nothing was written. Read it first, or set overwrite to replace it as a whole.`,
  );
}

/** What was added to a file that is not known stays unknown. */
async function noteWritten(place: WorkspacePath, args: Args, { before, context: { seen } }: Written): Promise<void> {
  if (!args.append) return seen?.note(place.real, contentHash(args.content));
  const wasKnown = before === undefined || seen?.last(place.real) === before.hash;
  const now = seen && wasKnown ? await versionAt(place) : undefined;
  if (now) seen?.note(place.real, now.hash);
}

function done({ content }: Args, { shown }: WorkspacePath): ToolOutcome {
  return ok(`Wrote ${Buffer.byteLength(content)} bytes to ${shown}`);
}

async function append(place: WorkspacePath, content: string): Promise<void> {
  await inParent(place, async (path) => {
    // Made first, because what does not exist cannot be resolved and checked like the rest.
    const flags = constants.O_WRONLY | constants.O_CREAT | constants.O_EXCL;
    await open(path, flags, 0o666).then((made) => made.close(), ignoring('EEXIST'));
  });
  const { file } = await openFile(place, constants.O_WRONLY | constants.O_APPEND);
  try {
    // The only write in place: under its other names the file may lie outside.
    if ((await file.stat()).nlink > 1) {
      throw new Refusal(
        `${quotedPath(place.shown)} has more than one name (hard links); replace it as a whole instead.`,
      );
    }
    await file.writeFile(content);
    await file.sync();
  } finally {
    await file.close();
  }
}

async function contains(place: WorkspacePath, content: string): Promise<boolean> {
  const wanted = Buffer.from(content);
  const { file, size } = await openFile(place);
  try {
    return size === wanted.length && (await file.readFile()).equals(wanted);
  } finally {
    await file.close();
  }
}
