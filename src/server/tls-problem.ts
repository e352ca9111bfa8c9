/**
 * Why a TLS connection to a server does not come about, in words. The SDK's clients only say that they could not
 * connect, one of them after ten seconds: so a failed connection is tried once more here, to its first bytes.
 */
import { X509Certificate } from 'node:crypto';
import { isIP } from 'node:net';
import { type ConnectionOptions, connect, type TLSSocket } from 'node:tls';

/** As in the profile of a connection. */
export interface GivenTls {
  readonly serverNameOverride?: string | undefined;
  readonly serverRootCACertificate?: Uint8Array | undefined;
  readonly clientCertPair?: { readonly crt: Uint8Array; readonly key: Uint8Array } | undefined;
}

export interface ConnectionProblem {
  /** Follows a colon in the message. */
  readonly why: string;
  readonly hint: string;
  /** It may be something else that passes. */
  readonly isGuess?: true;
}

/** `tls` false or absent: without TLS. @returns undefined when TLS is not what is wrong. */
export async function tlsProblem(
  address: string,
  tls: boolean | GivenTls | null | undefined,
): Promise<ConnectionProblem | undefined> {
  if (!tls) return speaksTls(await firstBytes(address, { rejectUnauthorized: false })) ? PLAIN : undefined;
  const given = tls === true ? {} : tls;
  const expired = expiredClientCertificate(given);
  if (expired) return expired;
  const failure = await firstBytes(address, optionsOf(given)).catch(unusable);
  return failure && problemOf(failure, given);
}

// ---

const PATIENCE_MS = 3_000;
const CLOSED = 'CLOSED';
const ALERT = /alert|CERTIFICATE_REQUIRED/i;
const PREFACE = 'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n';

const PLAIN: ConnectionProblem = {
  why: 'the server speaks TLS, and this client is set to speak without',
  hint: 'Set TEMPORAL_TLS=true, and TEMPORAL_TLS_SERVER_CA_CERT_PATH for a certificate authority of your own',
};

type Failure = Error & { readonly code?: string };

/** Also one that wants a client certificate. */
function speaksTls(failure: Failure | undefined): boolean {
  return failure === undefined || failure.code === CLOSED || ALERT.test(`${failure.code} ${failure.message}`);
}

function optionsOf({ serverNameOverride, serverRootCACertificate: ca, clientCertPair }: GivenTls): ConnectionOptions {
  return {
    ...(serverNameOverride === undefined ? {} : { servername: serverNameOverride }),
    ...(ca && { ca: Buffer.from(ca) }),
    ...(clientCertPair && { cert: Buffer.from(clientCertPair.crt), key: Buffer.from(clientCertPair.key) }),
  };
}

/** Certificates and keys that are no such thing. */
function unusable(error: Failure): Failure {
  return Object.assign(error, { code: 'UNUSABLE' });
}

/**
 * Speaks until the server has said something: one that demands a client certificate says no only after the handshake.
 * @returns the failure; undefined when there was none. Throws what the given certificates and keys cause.
 */
async function firstBytes(address: string, options: ConnectionOptions): Promise<Failure | undefined> {
  const { hostname, port } = new URL(`https://${address}`);
  const host = hostname.replace(/^\[|\]$/g, '');
  const name = isIP(host) === 0 ? { servername: host } : {};
  const socket = connect({ host, port: Number(port || 443), ALPNProtocols: ['h2'], ...name, ...options });
  return outcomeOf(socket).finally(() => socket.destroy());
}

function outcomeOf(socket: TLSSocket): Promise<Failure | undefined> {
  return new Promise((resolve) => {
    let isSecure = false;
    socket.once('secureConnect', () => {
      isSecure = true;
      socket.write(PREFACE);
    });
    socket.once('data', () => resolve(undefined));
    // Some servers say why in an alert, others only close.
    const isCut = ({ code }: Failure): boolean => isSecure && (code === 'ECONNRESET' || code === 'EPIPE');
    socket.once('error', (error: Failure) => resolve(isCut(error) ? failureOf(CLOSED) : error));
    socket.once('close', () => resolve(failureOf(isSecure ? CLOSED : 'ENDED')));
    socket.setTimeout(PATIENCE_MS, () => resolve(failureOf('SILENT')));
  });
}

function failureOf(code: string): Failure {
  return Object.assign(new Error('no answer came'), { code });
}

function expiredClientCertificate({ clientCertPair }: GivenTls): ConnectionProblem | undefined {
  if (!clientCertPair) return undefined;
  try {
    const { validTo } = new X509Certificate(Buffer.from(clientCertPair.crt));
    if (Date.parse(validTo) >= Date.now()) return undefined;
    return { why: `the client certificate expired on ${validTo}`, hint: `Renew it, and ${CLIENT_CERTIFICATE}` };
  } catch {
    // What it is instead, the handshake says.
    return undefined;
  }
}

const CLIENT_CERTIFICATE = 'name it in TEMPORAL_TLS_CLIENT_CERT_PATH and its key in TEMPORAL_TLS_CLIENT_KEY_PATH';

const UNTRUSTED = [
  ...['UNABLE_TO_GET_ISSUER_CERT', 'UNABLE_TO_GET_ISSUER_CERT_LOCALLY', 'UNABLE_TO_VERIFY_LEAF_SIGNATURE'],
  ...['SELF_SIGNED_CERT_IN_CHAIN', 'DEPTH_ZERO_SELF_SIGNED_CERT', 'CERT_SIGNATURE_FAILURE', 'CERT_UNTRUSTED'],
];

function problemOf({ code = '', message }: Failure, { clientCertPair }: GivenTls): ConnectionProblem | undefined {
  if (UNTRUSTED.includes(code)) {
    return {
      why: 'its certificate is of an authority that is not trusted here',
      hint: 'Name the file of that authority in TEMPORAL_TLS_SERVER_CA_CERT_PATH',
    };
  }
  if (code === 'CERT_HAS_EXPIRED')
    return { why: 'its certificate has expired', hint: 'Renew the certificate of the server, or of its authority' };
  if (code === 'CERT_NOT_YET_VALID')
    return { why: 'its certificate is not valid yet', hint: 'Check the clocks of both machines' };
  if (code === 'ERR_TLS_CERT_ALTNAME_INVALID') {
    return {
      why: 'its certificate is for another name',
      hint: 'Use a name that it has as the address, or in TEMPORAL_TLS_SERVER_NAME',
    };
  }
  if (code === 'UNUSABLE')
    return {
      why: `a certificate or key of this client is no such thing: ${message}`,
      hint: 'Check the TEMPORAL_TLS_* variables or the profile',
    };
  if (/wrong version number|packet length too long/i.test(message))
    return {
      why: 'it does not speak TLS, and this client does',
      hint: 'Set TEMPORAL_TLS=false, or correct the address',
    };
  if (ALERT.test(`${code} ${message}`)) return refusedCertificate(clientCertPair !== undefined);
  if (code !== CLOSED) return undefined;
  const { why, hint } = refusedCertificate(clientCertPair !== undefined);
  return { why: `it ends the connection once it is made: ${why}, it seems`, hint, isGuess: true };
}

function refusedCertificate(isGiven: boolean): ConnectionProblem {
  if (!isGiven)
    return {
      why: 'it demands a client certificate',
      hint: CLIENT_CERTIFICATE.replace(/^n/, 'N').replace(' it ', ' one '),
    };
  return {
    why: 'it refuses the client certificate',
    hint: 'Check that its authority is the one that the server accepts',
  };
}
