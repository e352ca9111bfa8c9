/**
 * Runs one command inside a new sandbox and looks whether it is confined. Changes nothing outside, whatever it finds.
 */
import { execFile } from 'node:child_process';
import { mkdir, readlink, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { sentenceOf } from '../domain/errors.js';
import { makeTemporaryDirectory } from '../files/temporary-directory.js';
import { adviceFor } from './find-bubblewrap.js';
import { MAX_ATTEMPTS, type Sandbox, type SandboxOptions } from './sandbox.js';

export interface IsolationFailure {
  readonly why: string;
  readonly fix: string;
}

/** @returns the failure; undefined when isolated. `namespaces`: the system has them, so they must differ inside. */
export async function testIsolation(
  make: (options: SandboxOptions) => Sandbox,
  namespaces: boolean,
): Promise<IsolationFailure | undefined> {
  const directory = await makeTemporaryDirectory('probe');
  try {
    const place = {
      workspace: join(directory, 'work'),
      home: join(directory, 'home'),
      outside: join(directory, 'outside'),
    };
    for (const path of [place.home, join(place.workspace, 'hidden')]) await mkdir(path, { recursive: true });
    for (const path of [place.outside, join(place.home, 'seen'), join(place.workspace, 'hidden', 'seen')])
      await writeFile(path, '');
    const hidden = [join(place.workspace, 'hidden')];
    const sandbox = make({ hidden, home: place.home, notes: join(directory, 'notes') });
    const printed = await run(sandbox, place);
    const leaks = [...leaksIn(printed), ...(namespaces ? await sharedIn(printed) : [])];
    if (leaks.length === 0) return undefined;
    return {
      why: `it does not confine commands here: ${leaks.join(', ')}`,
      fix: 'Report this, with the output of rookery doctor --json',
    };
  } catch (error) {
    return { why: reasonOf(error), fix: await adviceFor(reasonOf(error)) };
  } finally {
    await rm(directory, { recursive: true, force: true });
  }
}

// ---

interface Place {
  readonly workspace: string;
  readonly home: string;
  readonly outside: string;
}

const NAMESPACES = ['user', 'mnt', 'pid', 'net', 'ipc', 'uts'] as const;

/** Only looks; what it finds out is decided outside. */
const SCRIPT = `: > made && echo works
[ -e "$1/seen" ] && echo the home is seen
[ -e hidden/seen ] && echo what is hidden in the workspace is seen
[ -w "$2" ] && echo files outside can be written
[ -w /etc ] && echo /etc can be written
[ -w /proc/sys/kernel/core_pattern ] && echo settings of the kernel can be written
[ -d /proc/self/ns ] || exit 0
for name in ${NAMESPACES.join(' ')}; do echo "namespace $name $(readlink /proc/self/ns/$name)"; done
while read -r name value; do case $name in CapEff:|CapBnd:|NoNewPrivs:|Seccomp:) echo "state $name $value";; esac; done < /proc/self/status`;

const STATES: Readonly<Record<string, string>> = {
  'CapEff:': '0000000000000000',
  'CapBnd:': '0000000000000000',
  'NoNewPrivs:': '1',
  'Seccomp:': '2',
};

async function run(sandbox: Sandbox, place: Place, attempts = MAX_ATTEMPTS): Promise<string[]> {
  const { workspace, home, outside } = place;
  const argv = ['/bin/sh', '-c', SCRIPT, 'sh', home, outside];
  const env = { PATH: '/usr/local/bin:/usr/bin:/bin' };
  const confined = await sandbox.command({ argv, cwd: workspace, workspace, env });
  try {
    const [program, ...args] = confined.argv;
    const { stdout } = await promisify(execFile)(program, args, { env: confined.env, cwd: workspace, timeout: 20_000 });
    return stdout.trim().split('\n');
  } catch (error) {
    if (attempts === 1 || !confined.notStarted?.test(stderrOf(error))) throw error;
  } finally {
    await confined.release();
  }
  return run(sandbox, place, attempts - 1);
}

function leaksIn(lines: readonly string[]): string[] {
  const leaks = lines.filter((line) => !/^(works$|namespace |state )/.test(line));
  return lines.includes('works') ? leaks : [...leaks, 'the workspace cannot be written'];
}

async function sharedIn(lines: readonly string[]): Promise<string[]> {
  const leaks: string[] = [];
  for (const name of NAMESPACES) {
    const inside = lines.find((line) => line.startsWith(`namespace ${name} `))?.split(' ')[2];
    if (!inside || inside === (await readlink(`/proc/self/ns/${name}`))) leaks.push(`the ${name} namespace is shared`);
  }
  for (const [name, wanted] of Object.entries(STATES)) {
    if (!lines.includes(`state ${name} ${wanted}`)) leaks.push(`${name} is not ${wanted}`);
  }
  return leaks;
}

/** The last words of the program, without the command line that execFile puts before them. */
function reasonOf(error: unknown): string {
  return stderrOf(error).trim().split('\n').at(-1) || sentenceOf(error);
}

function stderrOf(error: unknown): string {
  return error instanceof Error && 'stderr' in error ? String(error.stderr) : '';
}
