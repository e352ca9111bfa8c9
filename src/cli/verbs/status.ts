/** `rookery status`: what one task is doing, and why. */

import { reachForReading } from '../connect.js';
import { EXIT } from '../exit.js';
import { statusLines } from '../render.js';
import { openSession, type Verb } from '../session.js';

export const verb: Verb = async ([given = ''], options) => {
  const session = await openSession(options);
  const { out } = session;
  const { manager } = await reachForReading(session);
  const status = await manager.status(await manager.resolveId(given));
  if (out.json) out.value(status);
  else out.lines(statusLines(status));
  return EXIT.done;
};
