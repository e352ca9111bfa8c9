/** HTTP requests as bytes: with the Host, target and version that a test wants, which no HTTP client would send. */
import { request } from 'node:http';
import { connect } from 'node:net';

export interface RawRequest {
  readonly port: number;
  /** As in `GET / HTTP/1.1`. */
  readonly line: string;
  /** `Name: value` each. */
  readonly headers: readonly string[];
  readonly body?: string;
}

export interface RawAnswer {
  /** Undefined: the connection ended without an HTTP answer. */
  readonly status: number | undefined;
  /** All bytes that came. */
  readonly text: string;
}

export function sendRaw({ port, line, headers, body = '' }: RawRequest): Promise<RawAnswer> {
  const length = body === '' ? [] : [`Content-Length: ${Buffer.byteLength(body)}`];
  const head = [line, ...headers, ...length, 'Connection: close'].join('\r\n');
  return exchange(port, `${head}\r\n\r\n${body}`);
}

/** Until the other side ends the connection, or has been silent for a while. */
export function exchange(port: number, bytes: string, host = '127.0.0.1'): Promise<RawAnswer> {
  return new Promise((resolve) => {
    let text = '';
    const socket = connect({ port, host });
    const done = (): void => {
      const status = /^HTTP\/1\.[01] (\d{3})/.exec(text)?.[1];
      resolve({ status: status === undefined ? undefined : Number(status), text });
    };
    socket.setEncoding('latin1').on('data', (piece: string) => {
      text += piece;
    });
    socket.on('error', () => undefined).on('close', done);
    socket.setTimeout(SILENT_MS, () => socket.destroy());
    socket.write(bytes);
  });
}

export interface ApiAddress {
  readonly httpUrl: string;
  readonly apiHost: string;
}

/** A POST to the HTTP API of the server by a program that knows its secret host name; answers the status. */
export function postToApi({ httpUrl, apiHost }: ApiAddress, path: string, body: object): Promise<number | undefined> {
  return new Promise((resolve, reject) => {
    const headers = { host: apiHost, 'content-type': 'text/plain', origin: 'http://evil.example' };
    const asked = request(`${httpUrl}/api/v1${path}`, { method: 'POST', headers }, (response) => {
      response.resume().on('end', () => resolve(response.statusCode));
    });
    asked.on('error', reject).end(JSON.stringify(body));
  });
}

/** Of a port that `fetch` refuses, as browsers do. */
export function textAt(url: string): Promise<string> {
  return new Promise((resolve, reject) => {
    const asked = request(url, (response) => {
      let text = '';
      response.setEncoding('utf8').on('data', (piece: string) => {
        text += piece;
      });
      response.on('end', () => resolve(text));
    });
    asked.on('error', reject).end();
  });
}

const SILENT_MS = 5_000;
