/** A certificate authority for tests, made by the openssl of this machine; without it its tests are skipped by name. */
import { execFileSync, spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

export const HAS_OPENSSL = spawnSync('openssl', ['version'], { stdio: 'ignore' }).status === 0;

export interface CertificatePair {
  readonly certPath: string;
  readonly keyPath: string;
  readonly cert: Buffer;
  readonly key: Buffer;
}

export interface Authority extends CertificatePair {
  /** `names`: as `DNS:localhost,IP:127.0.0.1`. `days`: less than 0 for one that has expired. */
  issue(names: string, days?: number): CertificatePair;
}

export function makeAuthority(): Authority {
  const directory = mkdtempSync(join(tmpdir(), 'rookery-ca-'));
  const openssl = (...args: string[]): void => {
    execFileSync('openssl', args, { cwd: directory, stdio: 'pipe' });
  };
  const newKey = (name: string): string[] => ['-newkey', 'ec', '-pkeyopt', CURVE, '-nodes', '-keyout', `${name}.key`];
  const pair = (name: string): CertificatePair => {
    const [certPath, keyPath] = [join(directory, `${name}.pem`), join(directory, `${name}.key`)];
    return { certPath, keyPath, cert: readFileSync(certPath), key: readFileSync(keyPath) };
  };
  openssl('req', '-x509', ...newKey('ca'), '-out', 'ca.pem', '-days', '2', '-subj', '/CN=Test CA', '-addext', IS_CA);
  let count = 0;
  return {
    ...pair('ca'),
    issue(names, days = 2) {
      const name = `issued-${count++}`;
      writeFileSync(join(directory, 'extensions'), `subjectAltName=${names}\n`);
      openssl('req', '-new', ...newKey(name), '-out', `${name}.csr`, '-subj', '/CN=test');
      const by = ['-CA', 'ca.pem', '-CAkey', 'ca.key', '-CAcreateserial', '-extfile', 'extensions'];
      openssl('x509', '-req', '-in', `${name}.csr`, ...by, '-days', String(days), '-out', `${name}.pem`);
      return pair(name);
    },
  };
}

const CURVE = 'ec_paramgen_curve:P-256';
const IS_CA = 'basicConstraints=critical,CA:true';
