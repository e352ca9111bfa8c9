/** Gives a person's decision to the manager, and remembers the rule where they said "always". */
import type { Answer } from '../decisions.js';
import type { Waiting } from '../manager/approvals.js';
import type { BackgroundTaskManager } from '../manager/manager.js';
import type { Outcome } from '../manager/outcome.js';
import type { Session } from './session.js';

export interface Deciding extends Answer {
  /** Remember a rule that lets the same run next time. */
  readonly always?: boolean;
}

export async function decide(
  session: Session,
  manager: BackgroundTaskManager,
  given: { readonly id: string; readonly call?: string | undefined },
  { always, ...answer }: Deciding,
): Promise<Outcome> {
  const { approval, ...outcome } = await manager.decide(given, answer);
  if (always) await remember(session, approval);
  return outcome;
}

// ---

async function remember({ paths, out }: Session, approval: Waiting): Promise<void> {
  const { rememberAlways } = await import('../remember.js');
  const { text, problem } = await rememberAlways(paths, approval);
  out.tell(problem ?? `Remembered: ${text}. \`rookery policy\` shows it, \`rookery policy forget N\` removes it.`);
}
