/** Writes a text file beneath the workspace: whole and at once, or behind what is there. */
import { constants } from 'node:fs';
import { lstat, open } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { z } from 'zod';
import { utf8Length } from '../domain/conversation.js';
import { ignoring } from '../durable/failure.js';
import { writeDurably } from '../durable/write.js';
import { answering, ok, quoted, Refusal } from './outcome.js';
import { defineTool, type ToolContext, type ToolOutcome } from './tool.js';
import { openFile, type Pinned, type Place, pinParent, reach } from './workspace.js';

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
    'Writes a text file beneath the workspace: replaces it as a whole, or adds at its end with append. At most 1 MiB ' +
    'a call. Credential files and everything in .git are refused.',
  input,
  effect: 'write',
  replay: 'unsafe',
  placement: 'activity',
  run: answering(async (args, context) => {
    const place = await reachToWrite(args.path, context);
    if (args.append) await append(place, args.content);
    else await replace(place, args.content);
    return done(args, place);
  }),
  async probe(args, context) {
    // Nobody can say of an addition whether it was made.
    if (args.append) return undefined;
    try {
      const place = await reachToWrite(args.path, context);
      return (await contains(place, args.content)) ? done(args, place) : undefined;
    } catch {
      return undefined;
    }
  },
  touches: ({ path }) => ({ paths: [path] }),
  summary: ({ path }) => path,
});

// ---

function done({ content }: Args, { shown }: Place): ToolOutcome {
  return ok(`Wrote ${Buffer.byteLength(content)} bytes to ${shown}`);
}

async function reachToWrite(path: string, context: ToolContext): Promise<Place> {
  const place = await reach(context, path);
  // A hook or a setting of git runs commands later, outside of everything that was allowed here.
  const guarded = `${place.shown}/${place.real.slice(place.root.length)}`.toLowerCase().split('/').includes('.git');
  if (guarded) throw new Refusal(`${quoted(path)} belongs to git; write_file does not change it.`);
  if (path.endsWith('/')) throw new Refusal(`${quoted(path)} names a directory; give the path of a file.`);
  return place;
}

async function replace(place: Place, content: string): Promise<void> {
  await inParent(place, async (path) => {
    const found = await lstat(path).catch(ignoring('ENOENT'));
    if (found?.isDirectory()) throw new Refusal(`${quoted(place.shown)} is a directory; give the path of a file.`);
    if (found && !found.isFile()) throw new Refusal(`${quoted(place.shown)} is not a regular file.`);
    const mode = found ? { exactMode: found.mode & 0o777 } : { mode: 0o666 };
    await writeDurably(path, content, mode);
  });
}

async function append(place: Place, content: string): Promise<void> {
  await inParent(place, async (path) => {
    // Made first, because what does not exist cannot be resolved and checked like the rest.
    const flags = constants.O_WRONLY | constants.O_CREAT | constants.O_EXCL;
    await open(path, flags, 0o666).then((made) => made.close(), ignoring('EEXIST'));
  });
  const { file } = await openFile(place, constants.O_WRONLY | constants.O_APPEND);
  try {
    await file.writeFile(content);
    await file.sync();
  } finally {
    await file.close();
  }
}

async function inParent(place: Place, act: (path: string) => Promise<void>): Promise<void> {
  if (place.real === place.root) throw new Refusal('The workspace itself is a directory; give the path of a file.');
  const parent: Pinned = await pinParent(place);
  try {
    await act(join(parent.path, basename(place.real)));
  } finally {
    await parent.close();
  }
}

async function contains(place: Place, content: string): Promise<boolean> {
  const wanted = Buffer.from(content);
  const { file, size } = await openFile(place);
  try {
    return size === wanted.length && (await file.readFile()).equals(wanted);
  } finally {
    await file.close();
  }
}
