/** The checks of `doctor` that concern the sandbox: whether there is one, and which toolchains work in it. */
import { rm } from 'node:fs/promises';
import { makeTemporaryDirectory } from '../files/temporary-directory.js';
import { sandboxFor } from '../sandbox/detect.js';
import { checkToolchains, type ToolchainState } from '../sandbox/toolchain-check.js';
import type { DoctorCheck } from './doctor-check.js';
import type { Session } from './session.js';

/** A missing sandbox is not a failure: commands then need approval. Nor is a toolchain that does not work in it. */
export async function sandboxChecks({ paths, settings, env }: Session): Promise<DoctorCheck[]> {
  // `doctor` creates nothing in a work directory.
  const temporary = await makeTemporaryDirectory('doctor');
  try {
    const { sandbox } = settings.security.value;
    return await linesOf(
      await sandboxFor({ ...paths, temporary }, sandbox, { env, widening: settings.sandbox.value }),
      env,
    );
  } finally {
    await rm(temporary, { recursive: true, force: true });
  }
}

// ---

async function linesOf(found: Awaited<ReturnType<typeof sandboxFor>>, env: Session['env']): Promise<DoctorCheck[]> {
  if (found.kind === 'absent') {
    const message = `no sandbox, so shell commands need approval: ${found.why}. ${found.fix}`;
    return [{ name: 'sandbox', ok: true, message }];
  }
  const toolchains = await checkToolchains(found.sandbox, env);
  const message = `commands run inside ${found.name} ${found.version}`;
  return [{ name: 'sandbox', ok: true, message }, ...toolchains.map(lineOf)];
}

function lineOf({ name, works, message }: ToolchainState): DoctorCheck {
  const text = works ? `works in the sandbox: ${message}` : `does not work in the sandbox: ${message}`;
  return { name: `toolchain ${name}`, ok: true, message: text };
}
