/** Which files an audit log is made of. The anchor lies apart: who can write the work directory should not reach it. */
import { createHash } from 'node:crypto';
import { join, resolve } from 'node:path';

export interface AuditFiles {
  /** One entry a line, only ever appended to. */
  readonly file: string;
  readonly keyFile: string;
  /** How many entries there are, so that a cut tail shows. */
  readonly headFile: string;
  /** A copy of the head in another place. */
  readonly anchorFile?: string;
}

export interface AuditPlaces {
  readonly workdir: string;
  readonly audit: string;
  readonly auditKey: string;
  readonly auditHead: string;
}

/** Of a work directory; the anchor goes into the user's config directory. */
export function auditFilesOf(paths: AuditPlaces, configDirectory: string): AuditFiles {
  const name = createHash('sha256').update(resolve(paths.workdir)).digest('hex').slice(0, 32);
  return {
    file: paths.audit,
    keyFile: paths.auditKey,
    headFile: paths.auditHead,
    anchorFile: join(configDirectory, 'audit', `${name}.head`),
  };
}
