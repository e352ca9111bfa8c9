/** Writes a text file in the workspace: atomically as a whole, or appended. */
import { constants } from 'node:fs';
import { open } from 'node:fs/promises';
import { z } from 'zod';
import { utf8Length } from '../domain/conversation.js';
import { Refusal } from '../domain/errors.js';
import { quotedPath } from '../domain/visible.js';
import { ignoring } from '../files/errors.js';
import { catchingErrors, ok } from './outcome.js';
import { defineTool, type ToolOutcome } from './tool.js';
import { openFile, type WorkspacePath } from './workspace.js';
import { inParent, replaceFile, resolveForWriting, WRITE_REFUSALS } from './writing.js';

const MAX_BYTES = 1024 * 1024;

const input = z.strictObject({
  path: z.string().min(1).describe('Path relative to the workspace. Missing directories are made.'),
  content: z
    .string()
    .refine((text) => utf8Length(text) <= MAX_BYTES, 'at most 1 MiB is allowed; write the rest with append')
    .describe('The whole new content, or what is added with append.'),
  append: z.boolean().optional().describe('Add at the end instead of replacing. Default false.'),
});

type Args = z.infer<typeof input>;

export const writeFile = defineTool({
  name: 'write_file',
  description:
    'Writes a text file in the workspace: replaces it as a whole, or adds at its end with append. At most 1 MiB ' +
    `a call. ${WRITE_REFUSALS}`,
  input,
  effect: 'write',
  replay: 'unsafe',
  placement: 'activity',
  run: catchingErrors(async (args, context) => {
    const place = await resolveForWriting(args.path, context);
    if (args.append) await append(place, args.content);
    else await replaceFile(place, args.content);
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
