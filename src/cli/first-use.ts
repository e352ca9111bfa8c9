/** What is said once for each work directory, with the first task that is started there. */
import { existsSync } from 'node:fs';
import { makeDirectory, replaceTextFile } from '../files/atomic-write.js';
import { openWorkDirectory } from '../manager/work-directory.js';
import { sandboxFor } from '../sandbox/detect.js';
import type { DetectedSandbox } from '../sandbox/sandbox.js';
import type { Session } from './session.js';

type FirstUse = Pick<Session, 'paths' | 'settings'> & { readonly out: Pick<Session['out'], 'info'> };

/** Says that there is no sandbox, and how to get one. The answer is remembered, because looking costs a process. */
export async function reportMissingSandbox(
  { paths, settings, out }: FirstUse,
  find: (session: Pick<FirstUse, 'paths' | 'settings'>) => Promise<DetectedSandbox> = detected,
): Promise<void> {
  if (settings.security.value.sandbox === 'off' || existsSync(paths.sandboxNoted)) return;
  const found = await find({ paths, settings });
  if (found.kind === 'absent') {
    out.info(`There is no sandbox here, so shell commands need your approval: ${found.why}. ${found.fix}.`);
  }
  await openWorkDirectory(paths);
  await makeDirectory(paths.side);
  // On failure it is said again.
  await replaceTextFile(paths.sandboxNoted, `${found.kind}\n`, { sync: false }).catch(() => undefined);
}

// ---

const detected = ({ paths, settings }: Pick<FirstUse, 'paths' | 'settings'>): Promise<DetectedSandbox> =>
  sandboxFor(paths, settings.security.value.sandbox);
