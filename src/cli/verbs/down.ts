/** `rookery down`: stops worker and server. Tasks continue at the next `up`. */
import { stopServer } from '../../server/embedded.js';
import { EXIT, type ExitCode } from '../exit.js';
import { openSession, type VerbOptions, type VerbSpec } from '../session.js';
import { stopWorkerProcess, whileDraining } from '../worker-process.js';

export const spec: VerbSpec = {
  words: '',
  help: 'Stops the worker and the server of this work directory. Tasks continue at the next `rookery up`.',
  examples: ['rookery down'],
  run,
};

async function run(_words: string[], options: VerbOptions): Promise<ExitCode> {
  const { out, paths } = await openSession(options);
  const worker = await stopWorkerProcess(paths).finally(whileDraining((line) => out.info(line)));
  const server = await stopServer(paths.workdir);
  const stopped = [worker ? 'worker' : '', server ? 'server' : ''].filter(Boolean).join(' and ');
  if (out.json) out.value({ worker, server });
  else out.line(stopped ? `stopped ${stopped}; tasks continue at the next \`rookery up\`` : 'nothing was running');
  return EXIT.done;
}
