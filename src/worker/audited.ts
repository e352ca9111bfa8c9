/** Opens the audit log of a work directory for the activities of a worker, which note and go on. */
import { setTimeout as pause } from 'node:timers/promises';
import type { AuditPort } from '../../activities/deps.js';
import { stretch } from '../../activities/load.js';
import { auditFilesOf } from '../audit/files.js';
import { openAudit } from '../audit/log.js';
import type { Paths } from '../mirror/paths.js';
import type { BackgroundTasksOptions } from './plugin-options.js';

export interface Audited extends AuditPort {
  /** What is still to be written is written. */
  close(): Promise<void>;
}

export function auditOf(settings: BackgroundTasksOptions, paths: Paths, redact: (text: string) => string): Audited {
  const { anchorFile, ...files } = auditFilesOf(paths, settings.configDirectory ?? paths.side);
  const audit = openAudit({
    ...files,
    ...(settings.configDirectory === undefined ? {} : { anchorFile }),
    announce: settings.announce ?? (() => undefined),
    redact,
    stretched: stretch(),
  });
  const write: AuditPort['note'] = ({ type, task, description, metadata }) =>
    audit.note({ event: type, component: COMPONENTS[type], task, description, ...(metadata ? { metadata } : {}) });
  return {
    close: () => audit.close(),
    // The first question to the model goes first: a start waits for nothing, and nothing for its note.
    note: (note) => (note.type === 'agent_start' ? pause(AFTERWARDS_MS).then(() => write(note)) : write(note)),
  };
}

// ---

const AFTERWARDS_MS = 10;

const COMPONENTS = {
  agent_start: 'agent',
  agent_finish: 'agent',
  tool_call: 'tool',
  tool_result: 'tool',
  policy_decision: 'policy',
  approval_requested: 'approval',
  approval_granted: 'approval',
  approval_denied: 'approval',
  security_violation: 'security',
  sandbox_violation: 'sandbox',
} as const;
