/** The background commands of a task, as the notes on this host tell of them. */
import { commandLine, endSentence, handleOf } from '../domain/background-command.js';
import { microsOfMillis, timestampOf } from '../domain/timestamp.js';
import { createRecords, stateOfCommand } from '../files/background-records.js';
import type { Paths } from '../mirror/paths.js';
import type { BackgroundDetail } from './status-object.js';

/** Oldest first. */
export function backgroundOf({ claims }: Paths, task: string): BackgroundDetail[] {
  return createRecords(claims)
    .all(task)
    .map((record) => {
      const state = stateOfCommand(record);
      return {
        handle: handleOf(record.call),
        command: commandLine(record.command),
        state,
        since: stampOf(record.at),
        until: record.end ? stampOf(record.end.at) : null,
        end: endSentence(record, state) ?? null,
      };
    });
}

function stampOf(millis: number): string {
  return timestampOf(microsOfMillis(millis));
}
