/** Real projects: the script of a model has a task run their tests in the sandbox, and they are green where the toolchain is installed. */
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { createSite } from '../sandbox/site.js';
import { inOrder } from '../support/book.js';
import { type Rig, startRig } from '../support/rig.js';
import { sandboxHere } from '../support/sandbox.js';
import { directoryOf, environmentOf, outside, prepare } from './ground.js';
import { PROJECTS } from './projects.js';

const { why } = await sandboxHere();

/** Compilers, beside other tests. */
const HEAVY_MS = 900_000;

const site = createSite();
afterAll(() => site.remove());
const prepared = why === '' ? await prepare(site, PROJECTS) : [];

describe.skipIf(why !== '')(`in the sandbox${why}`, () => {
  let rig: Rig;
  beforeAll(async () => {
    // The worker takes it for the home of the person.
    const env = environmentOf(site);
    vi.stubEnv('HOME', site.home);
    rig = await startRig({ plugin: { sandbox: 'auto', env } });
  });
  afterAll(async () => {
    await rig.stop();
    vi.unstubAllEnvs();
  });

  for (const { project, reason } of prepared) {
    test.skipIf(reason !== '')(
      `a task runs the tests of a project, and they are green: ${project.name}${reason}`,
      async () => {
        if (project.before) await outside(site, project, project.before);
        const args = { command: project.command, timeout_secs: HEAVY_MS / 1000 };
        const script = inOrder({ calls: [{ id: 'tests', name: 'shell', args }] }, { content: 'The tests are green.' });
        const task = await rig.start(script, { workspace: directoryOf(site, project) });
        expect(await task.result()).toMatchObject({ result: 'The tests are green.' });
        const told = (await task.transcript()).filter(({ role }) => role === 'tool');
        // Only a command that ended with the exit code 0 is ok.
        expect(told).toMatchObject([{ outcome: 'ok', content: expect.stringContaining(project.green) }]);
      },
      HEAVY_MS,
    );
  }
});
