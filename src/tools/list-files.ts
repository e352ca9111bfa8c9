/** Lists a directory of the workspace, with sizes. */
import { readlink } from 'node:fs/promises';
import { z } from 'zod';
import { truncate } from '../domain/truncate.js';
import { catchingErrors, ok } from './outcome.js';
import { defineTool } from './tool.js';
import { visibleName, type WalkedEntry, walk } from './walk.js';
import { resolveForTool } from './workspace.js';

const MAX_ENTRIES = 2_000;

const input = z.strictObject({
  path: z.string().min(1).optional().describe('Directory relative to the workspace. Default: the workspace itself.'),
  recursive: z.boolean().optional().describe('Also list the contents of subdirectories. Default false.'),
});

export const listFiles = defineTool({
  name: 'list_files',
  description:
    'Lists a directory in the workspace, one entry per line with its path relative to the workspace: files with ' +
    'a tab and their size in bytes, directories with a slash at the end, symlinks as "name -> target". Recursive ' +
    `listings do not enter .git and node_modules. At most ${MAX_ENTRIES} entries, those nearest to the top first.`,
  input,
  effect: 'read',
  replay: 'safe',
  placement: 'inline',
  run: catchingErrors(async ({ path = '.', recursive = false }, context) => {
    const place = await resolveForTool(context, path);
    const lines: string[] = [];
    let more = false;
    for await (const entry of walk({ place, recursive, signal: context.signal })) {
      more = lines.length === MAX_ENTRIES;
      if (more) break;
      lines.push(await toLine(entry));
    }
    if (lines.length === 0) return ok('[empty directory]');
    lines.sort((a, b) => (a < b ? -1 : 1));
    if (more) lines.push(`[only the first ${MAX_ENTRIES} entries; list a directory further down]`);
    return ok(truncate(lines.join('\n'), { hint: 'list a directory further down' }));
  }),
  touches: ({ path = '.' }) => ({ paths: [path] }),
  summary: ({ path = '.' }) => path,
});

// ---

async function toLine({ shown, stats, openPath }: WalkedEntry): Promise<string> {
  const name = visibleName(shown);
  if (stats.isDirectory()) return `${name}/`;
  if (stats.isSymbolicLink()) return `${name} -> ${visibleName(await readlink(openPath).catch(() => '?'))}`;
  return `${name}\t${stats.size}`;
}
