/**
 * The system calls that are taken away, as a classic BPF program for `bwrap --seccomp`. Namespaces do not cover kernel
 * keyrings, virtual-machine sockets and set-id bits, and old bubblewraps allow new namespaces.
 */

export type Arch = 'x64' | 'arm64';

export function isKnownArch(arch: string): arch is Arch {
  return arch === 'x64' || arch === 'arm64';
}

export function seccompProgram(arch: Arch): Buffer {
  const column = arch === 'x64' ? 0 : 1;
  const rules = RULES.flatMap(([numbers, error, ...tests]) => {
    const number = numbers[column];
    return number === undefined ? [] : block(number, error, tests);
  });
  const program = [
    load(OFFSET.arch),
    jump(JEQ, ARCHES[arch], { yes: 1, no: 0 }),
    deny(ENOSYS),
    load(OFFSET.number),
    // The x32 calls of x86-64 have other numbers for the same things.
    jump(JGE, X32, { yes: 0, no: 1 }),
    deny(ENOSYS),
    ...rules,
    instruction(RETURN, ALLOW),
  ];
  return Buffer.concat(program);
}

// ---

/** Numbers on x64 and arm64, the error to give, and what has to be true of the arguments. All of them: denied. */
type Rule = readonly [numbers: readonly [number | undefined, number | undefined], error: number, ...tests: Test[]];

/** `bits`: any of them set. `is`: equal. `not`: none of these. */
interface Test {
  readonly argument: number;
  readonly bits?: number;
  readonly is?: number;
  readonly not?: readonly number[];
}

const EPERM = 1;
const ENOSYS = 38;
const EAFNOSUPPORT = 97;

const SET_ID: number = 0o6000;
/** O_CREAT and O_TMPFILE. */
const CREATE = 0o20000100;
const NEW_USER = 0x10000000;
/** Unix, IPv4, IPv6, netlink: those that a network namespace holds. */
const FAMILIES = [1, 2, 10, 16];
/** TIOCSTI and TIOCLINUX type into the terminal that started the worker. */
const TYPING = [0x5412, 0x541c];

const RULES: readonly Rule[] = [
  [[41, 198], EAFNOSUPPORT, { argument: 0, not: FAMILIES }],
  ...TYPING.map((is): Rule => [[16, 29], EPERM, { argument: 1, is }]),
  // New namespaces: unshare, clone, clone3 (whose flags cannot be seen; libraries fall back to clone), setns.
  [[272, 97], EPERM, { argument: 0, bits: NEW_USER }],
  [[56, 220], EPERM, { argument: 0, bits: NEW_USER }],
  [[435, 435], ENOSYS],
  [[308, 268], EPERM],
  // Keyrings: add_key, request_key, keyctl.
  [[248, 217], EPERM],
  [[249, 218], EPERM],
  [[250, 219], EPERM],
  // io_uring would open sockets past this filter.
  [[425, 425], ENOSYS],
  [[426, 426], ENOSYS],
  [[427, 427], ENOSYS],
  // bpf, perf_event_open, userfaultfd, open_by_handle_at: of no use to a command, often to an attack.
  [[321, 280], EPERM],
  [[298, 241], EPERM],
  [[323, 282], EPERM],
  [[304, 265], EPERM],
  // A worker that is root must not leave set-id files in the workspace: chmod, fchmod, fchmodat, fchmodat2.
  [[90, undefined], EPERM, { argument: 1, bits: SET_ID }],
  [[91, 52], EPERM, { argument: 1, bits: SET_ID }],
  [[268, 53], EPERM, { argument: 2, bits: SET_ID }],
  [[452, 452], EPERM, { argument: 2, bits: SET_ID }],
  // The same when they are made: open, openat, creat, mknod, mknodat; openat2 hides its mode.
  [[2, undefined], EPERM, { argument: 1, bits: CREATE }, { argument: 2, bits: SET_ID }],
  [[257, 56], EPERM, { argument: 2, bits: CREATE }, { argument: 3, bits: SET_ID }],
  [[85, undefined], EPERM, { argument: 1, bits: SET_ID }],
  [[133, undefined], EPERM, { argument: 1, bits: SET_ID }],
  [[259, 33], EPERM, { argument: 2, bits: SET_ID }],
  [[437, 437], ENOSYS],
];

const ARCHES: Readonly<Record<Arch, number>> = { x64: 0xc000003e, arm64: 0xc00000b7 };
const X32 = 0x40000000;
const OFFSET = { number: 0, arch: 4, argument: (index: number) => 16 + 8 * index };

const LOAD = 0x20;
const JEQ = 0x15;
const JGE = 0x35;
const JSET = 0x45;
const RETURN = 0x06;
const ALLOW = 0x7fff0000;
const ERROR = 0x00050000;

/** Leaves the number of the call loaded when it does not apply. */
function block(number: number, error: number, tests: readonly Test[]): Buffer[] {
  // Every failed test jumps behind the denial, where the number is loaded again.
  const checks: Buffer[] = [];
  const sizes = tests.map((test) => 1 + (test.not?.length ?? 1));
  let left = sizes.reduce((sum, size) => sum + size, 0);
  for (const [index, test] of tests.entries()) {
    left -= sizes[index] ?? 0;
    checks.push(load(OFFSET.argument(test.argument)), ...compare(test, left));
  }
  const body = [...checks, deny(error), load(OFFSET.number)];
  return [jump(JEQ, number, { yes: 0, no: body.length }), ...body];
}

/** `behind`: how many instructions of other tests lie between this one and the denial. */
function compare(test: Test, behind: number): Buffer[] {
  const away = behind + 1;
  if (test.not) {
    const count = test.not.length;
    return test.not.map((value, index) => jump(JEQ, value, { yes: count - 1 - index + away, no: 0 }));
  }
  if (test.is !== undefined) return [jump(JEQ, test.is, { yes: 0, no: away })];
  return [jump(JSET, test.bits ?? 0, { yes: 0, no: away })];
}

function load(offset: number): Buffer {
  return instruction(LOAD, offset);
}

function deny(error: number): Buffer {
  return instruction(RETURN, ERROR | error);
}

function jump(code: number, value: number, { yes, no }: { yes: number; no: number }): Buffer {
  return instruction(code, value, yes, no);
}

function instruction(...[code, value, yes = 0, no = 0]: [number, number, number?, number?]): Buffer {
  const bytes = Buffer.alloc(8);
  bytes.writeUInt16LE(code, 0);
  bytes.writeUInt8(yes, 2);
  bytes.writeUInt8(no, 3);
  bytes.writeUInt32LE(value >>> 0, 4);
  return bytes;
}
