/** The host that a TLS client asks for, read from its first message. Reads nothing else, and decrypts nothing. */

/** `more`: the message is not complete yet. `none`: it names no host, or is not TLS. */
export type ServerName = { readonly kind: 'name'; readonly name: string } | { readonly kind: 'more' | 'none' };

/** A first message that is larger is not from any client that people use. */
const MAX_BYTES = 16 * 1024;

export function serverName(bytes: Buffer): ServerName {
  if (bytes.length > 0 && bytes[0] !== HANDSHAKE) return { kind: 'none' };
  if (bytes.length < 5) return { kind: 'more' };
  const message: Buffer[] = [];
  let at = 0;
  // One message may come in several records.
  for (let wanted = 4; ; ) {
    const body = Buffer.concat(message);
    if (body.length >= 4) wanted = 4 + body.readUIntBE(1, 3);
    if (wanted > MAX_BYTES) return { kind: 'none' };
    if (body.length >= wanted) return nameIn(body.subarray(0, wanted));
    if (bytes.length - at < 5) return { kind: 'more' };
    const size = bytes.readUInt16BE(at + 3);
    if (bytes[at] !== HANDSHAKE || size === 0) return { kind: 'none' };
    if (bytes.length - at < 5 + size) return { kind: bytes.length > MAX_BYTES ? 'none' : 'more' };
    message.push(bytes.subarray(at + 5, at + 5 + size));
    at += 5 + size;
  }
}

// ---

const HANDSHAKE = 22;
const CLIENT_HELLO = 1;
const SERVER_NAME = 0;
const HOST_NAME = 0;

function nameIn(hello: Buffer): ServerName {
  try {
    if (hello[0] !== CLIENT_HELLO) return { kind: 'none' };
    let at = 4 + 2 + 32;
    at += 1 + hello.readUInt8(at);
    at += 2 + hello.readUInt16BE(at);
    at += 1 + hello.readUInt8(at);
    const end = at + 2 + hello.readUInt16BE(at);
    const names: string[] = [];
    for (at += 2; at < end; at += 4 + hello.readUInt16BE(at + 2)) {
      if (hello.readUInt16BE(at) !== SERVER_NAME) continue;
      if (hello.readUInt8(at + 6) !== HOST_NAME) return { kind: 'none' };
      names.push(hello.toString('latin1', at + 9, at + 9 + hello.readUInt16BE(at + 7)));
    }
    // Two names: the server may use either.
    return names.length === 1 && names[0] !== undefined ? { kind: 'name', name: names[0] } : { kind: 'none' };
  } catch {
    return { kind: 'none' };
  }
}
