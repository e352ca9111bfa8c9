/** What a person types next, for each state of a task. Pure. */
import { answerCommands } from '../domain/answer-command.js';
import { fileNameOf } from '../domain/task-id.js';
import { NO_SERVER, type StatusDetail } from './status-object.js';

interface Known {
  readonly id: string;
  readonly status: string;
  readonly detail: Pick<StatusDetail, 'phase' | 'reason' | 'source'>;
}

export function nextCommand({ id, status, detail }: Known): string {
  const { phase, reason, source } = detail;
  const name = fileNameOf(id);
  const [, ofLimit, ofTemporal] = NAMED.exec(reason ?? '') ?? [];
  const named = ofLimit ?? ofTemporal;
  if (phase === 'done') return status === 'Completed' ? `rookery result ${name}` : `rookery retry ${name}`;
  if (source === 'files' && reason === NO_SERVER) return UP;
  if (named !== undefined) return named;
  const [answer] = answerCommands(phase, name);
  if (answer !== undefined) return answer;
  switch (phase) {
    case 'waiting_limit':
      return `rookery raise ${name}`;
    case 'stalled':
      if (reason?.includes('workflow task fails')) return 'rookery logs';
      return LACKS_WORKER.test(reason ?? '') ? UP : `rookery follow ${name}`;
    case 'queued':
      if (reason === null) return `rookery follow ${name}`;
      return reason.includes('`rookery resume`') ? `rookery resume ${name}` : UP;
    default:
      return `rookery follow ${name}`;
  }
}

// ---

const UP = 'rookery up -d';
const LACKS_WORKER = /no worker|no heartbeat/;
/** A reason that names the command itself: of a limit, and of a pause of Temporal. */
const NAMED = /(?:`(rookery raise [^`]+)`|(temporal workflow unpause \S.*)$)/;
