/** `rookery down`: stops worker and server. Nothing is lost: tasks go on at the next `up`. */
import { stopServer } from '../../server/embedded.js';
import { EXIT } from '../exit.js';
import { openSession } from '../session.js';
import type { Verb } from '../verb.js';
import { stopWorkerProcess } from '../worker-process.js';

export const verb: Verb = async (_words, options) => {
  const { out, paths } = openSession(options);
  const worker = await stopWorkerProcess(paths);
  const server = await stopServer(paths.workdir);
  const stopped = [worker ? 'worker' : '', server ? 'server' : ''].filter(Boolean).join(' and ');
  if (out.json) out.value({ worker, server });
  else out.line(stopped ? `stopped ${stopped}; tasks go on at the next \`rookery up\`` : 'nothing was running');
  return EXIT.done;
};
