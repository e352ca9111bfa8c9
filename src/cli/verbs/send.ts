/** `rookery send`: says something to a task: while it runs, or to let it continue after its end. */
import { Option } from 'commander';
import { RookeryError } from '../../domain/errors.js';
import { visibleLine } from '../../domain/visible.js';
import type { Receipt } from '../../manager/receipt.js';
import type { SendOptions } from '../../manager/send.js';
import { adopterSettings } from '../adopter-settings.js';
import { connectServer, connectToContinue } from '../control-connection.js';
import { detachOn } from '../detach.js';
import { EXIT, type ExitCode } from '../exit.js';
import { messageSource } from '../message-text.js';
import type { Output } from '../output.js';
import { openSession, type VerbOptions, type VerbSpec } from '../session.js';
import { TIMEOUT_OPTION } from '../task-options.js';

export const spec: VerbSpec = {
  words: '<id> [text...]',
  help: 'Sends a message to a task: with the next request to the model, unless an option says otherwise. It answers the one question that a task waits for; a task that has ended continues with it. The text may be - for stdin; without one an editor is opened.',
  options: [
    new Option('--queue', 'deliver it after the answer; the task continues with it').conflicts('interrupt'),
    new Option('--interrupt', 'cancel what runs now, then deliver it'),
    new Option('--withdraw <message>', 'withdraw a message that was not delivered').conflicts(['queue', 'interrupt']),
    new Option('--wait', 'wait until it is delivered'),
    TIMEOUT_OPTION,
  ],
  examples: [
    'rookery send 3f2a91c4 "Leave the database alone"',
    'git diff | rookery send 3f2a91c4 - --queue',
    'rookery send 3f2a91c4 --withdraw 8d1c22f0',
  ],
  run,
};

async function run([given = '', ...words]: string[], options: VerbOptions): Promise<ExitCode> {
  const { withdraw } = options;
  if (typeof withdraw === 'string' && words.length > 0) {
    throw new RookeryError('usage', 'Both --withdraw and a text were given', { hint: 'Give one of them' });
  }
  const source = typeof withdraw === 'string' ? undefined : await messageSource(words, options);
  const session = await openSession(options);
  const manager = await connectServer(session);
  const id = await manager.resolveId(given);
  // The editor opens only for a task that is there.
  const text = await source?.read();
  const detach = detachOn(options.timeout);
  try {
    const receipt =
      text === undefined
        ? await manager.withdraw(id, String(withdraw))
        : await manager.send(id, text, {
            ...{ ...modeOf(options), wait: options.wait === true, signal: detach.signal },
            adopt: (file) => adopterSettings(session, file),
          });
    print(session.out, receipt);
    // A task that continues needs a worker; one that runs gets the message from the server.
    if (receipt.continues) await connectToContinue(session);
    return EXIT.done;
  } catch (error) {
    const code = detach.code();
    if (code === undefined) {
      // What was written in the editor is nowhere else.
      if (source?.isEdited) session.out.info(`The message was not sent. Its text:\n${text}`);
      throw error;
    }
    session.out.info('The message is accepted; its delivery was not awaited.');
    return code;
  } finally {
    detach.release();
  }
}

// ---

function modeOf({ queue, interrupt }: VerbOptions): Pick<SendOptions, 'mode'> {
  if (queue === true) return { mode: 'queue' };
  return interrupt === true ? { mode: 'interrupt' } : {};
}

function print(out: Output, receipt: Receipt): void {
  const { message, state, iteration, reason } = receipt;
  const said = iteration === null ? state : `${state} at iteration ${iteration}`;
  if (out.json) out.value(receipt);
  else out.line(visibleLine(`${message}  ${reason === null ? said : `${said}; ${reason}`}`));
}
