/** Records of SQLite: their numbers of variable length, and the types and lengths of their columns. Pure. */

/** @returns the number and where it ends. Numbers of nine bytes may lose their last digits; behind the end are zeros. */
export function varintAt(bytes: Buffer, start: number): [number, number] {
  let value = 0;
  for (let i = 0; i < 8; i++) {
    const byte = bytes[start + i] ?? 0;
    value = value * 128 + (byte & 0x7f);
    if (byte < 0x80) return [value, start + i + 1];
  }
  const last = bytes[start + 8] ?? 0;
  const whole = value * 256 + last;
  return [whole >= 2 ** 63 ? whole - 2 ** 64 : whole, start + 9];
}

/** Of a column of that type. */
export function lengthOf(type: number): number {
  if (type >= 12) return Math.floor((type - 12) / 2);
  return [0, 1, 2, 3, 4, 6, 8, 8, 0, 0, 0, 0][type] ?? 0;
}

/**
 * `start`: the bytes of the record that are at hand. @returns what is wrong, as the end of a sentence; undefined when
 * nothing is, or its header is not at hand
 */
export function recordProblem(start: Buffer, bytes: number): string | undefined {
  const [headerBytes, first] = varintAt(start, 0);
  if (headerBytes > bytes || headerBytes < first) return 'cannot be read';
  if (headerBytes > start.length) return undefined;
  let length = headerBytes;
  let at = first;
  while (at < headerBytes) {
    const [type, next] = varintAt(start, at);
    if (type < 0 || type === 10 || type === 11) return 'cannot be read';
    length += lengthOf(type);
    at = next;
  }
  return at === headerBytes && length === bytes ? undefined : 'does not have the length that it says';
}

/** Of a record without a problem: texts and whole numbers; undefined for everything else. */
export function columnsOf(record: Buffer): (string | number | undefined)[] {
  const [headerBytes, first] = varintAt(record, 0);
  const columns: (string | number | undefined)[] = [];
  let data = headerBytes;
  for (let at = first; at < headerBytes; ) {
    const [type, next] = varintAt(record, at);
    at = next;
    const length = lengthOf(type);
    const value = record.subarray(data, data + length);
    if (type >= 13 && type % 2 === 1) columns.push(value.toString('utf8'));
    else if (type >= 1 && type <= 6)
      columns.push(length === 8 ? Number(value.readBigInt64BE()) : value.readIntBE(0, length));
    else columns.push(type === 8 ? 0 : type === 9 ? 1 : undefined);
    data += length;
  }
  return columns;
}
