/** What SQLite says when it finds damage in a database, in the server's log and in its answers. */

/** The hint of every error that is about it. */
export const FIX_DATABASE =
  'Run `rookery doctor --fix`: it keeps what is there under another name, makes a new database, and continues the open tasks from their files';

/** @returns its words; undefined for anything else: a database that is locked, a disk that is full or does not answer. */
export function damageIn(text: string): string | undefined {
  return SQLITE_WORDS.exec(text)?.[0];
}

// ---

const SQLITE_WORDS = /database disk image is malformed|file is not a database|malformed database schema/;
