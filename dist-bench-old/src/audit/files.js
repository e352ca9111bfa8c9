/** Which files an audit log is made of. The anchor lies apart: who can write the work directory should not reach it. */
import { createHash } from 'node:crypto';
import { join, resolve } from 'node:path';
/** Of a work directory; the anchor goes into the user's config directory. */
export function auditFilesOf(paths, configDirectory) {
    const name = createHash('sha256').update(resolve(paths.workdir)).digest('hex').slice(0, 32);
    return {
        file: paths.audit,
        keyFile: paths.auditKey,
        headFile: paths.auditHead,
        anchorFile: join(configDirectory, 'audit', `${name}.head`),
    };
}
//# sourceMappingURL=files.js.map