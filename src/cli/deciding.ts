/** Gives a person's decision to the manager, and remembers the rule where they said "always". */
import type { Answer } from '../decisions.js';
import { quotedName } from '../domain/visible.js';
import type { Waiting } from '../manager/approvals.js';
import type { BackgroundTaskManager } from '../manager/manager.js';
import type { Outcome } from '../manager/outcome.js';
import type { Session } from './session.js';

export interface Deciding extends Answer {
  /** Remember a rule that lets the same run next time; `any`: whatever the arguments, where the tool is known by them. */
  readonly always?: 'same' | 'any' | undefined;
}

export async function decide(
  session: Session,
  manager: BackgroundTaskManager,
  given: { readonly id: string; readonly call?: string | undefined },
  { always, ...answer }: Deciding,
): Promise<Outcome> {
  const { approval, ...outcome } = await manager.decide(given, answer);
  if (always) await remember(session, approval, always === 'any');
  return outcome;
}

// ---

async function remember({ paths, out }: Session, approval: Waiting, anyArguments: boolean): Promise<void> {
  const { rememberable, rememberAlways } = await import('../remember.js');
  if (anyArguments && !rememberable(approval).byArguments)
    out.tell(
      `--any-arguments changes nothing for ${quotedName(approval.tool)}: its rules go by path, host or command.`,
    );
  const { text, problem } = await rememberAlways(paths, approval, anyArguments);
  out.tell(problem ?? `Remembered: ${text}. \`rookery policy\` shows it, \`rookery policy forget N\` removes it.`);
}
