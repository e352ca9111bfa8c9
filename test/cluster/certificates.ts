/** A certificate authority of the test, and one certificate that server and clients share. */
import { execFileSync } from 'node:child_process';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

export interface Certificates {
  readonly authority: string;
  readonly certificate: string;
  readonly key: string;
}

/** The name that the server's certificate is for. */
export const SERVER_NAME = 'cluster.rookery.test';

export function makeCertificates(directory: string): Certificates {
  mkdirSync(directory, { recursive: true });
  const path = (name: string): string => join(directory, name);
  const openssl = (...args: string[]): unknown => execFileSync('openssl', args, { stdio: 'pipe' });
  const fresh = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes'];
  openssl(
    'req',
    '-x509',
    ...fresh,
    '-days',
    '2',
    '-subj',
    '/CN=Test CA',
    '-keyout',
    path('ca.key'),
    '-out',
    path('ca.pem'),
  );
  openssl('req', ...fresh, '-subj', `/CN=${SERVER_NAME}`, '-keyout', path('peer.key'), '-out', path('peer.csr'));
  writeFileSync(
    path('extensions'),
    `subjectAltName=DNS:${SERVER_NAME},IP:127.0.0.1\nextendedKeyUsage=serverAuth,clientAuth\n`,
  );
  const signing = ['-CA', path('ca.pem'), '-CAkey', path('ca.key'), '-CAcreateserial', '-extfile', path('extensions')];
  openssl('x509', '-req', '-in', path('peer.csr'), ...signing, '-days', '2', '-out', path('peer.pem'));
  return { authority: path('ca.pem'), certificate: path('peer.pem'), key: path('peer.key') };
}

/** The same, as a client of Temporal takes it. */
export function tlsOf({ authority, certificate, key }: Certificates) {
  return {
    serverRootCACertificate: readFileSync(authority),
    serverNameOverride: SERVER_NAME,
    clientCertPair: { crt: readFileSync(certificate), key: readFileSync(key) },
  };
}

/** The same, as the command takes it. */
export function tlsVariables({ authority, certificate, key }: Certificates): Record<string, string> {
  return {
    TEMPORAL_TLS_SERVER_CA_CERT_PATH: authority,
    TEMPORAL_TLS_CLIENT_CERT_PATH: certificate,
    TEMPORAL_TLS_CLIENT_KEY_PATH: key,
    TEMPORAL_TLS_SERVER_NAME: SERVER_NAME,
  };
}
