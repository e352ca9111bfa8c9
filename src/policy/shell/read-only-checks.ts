/** The commands of which a list of options does not say whether they only look. Pure. */

/** `readable`: the path lies in the workspace and does not name a credential file. */
export type ArgumentsCheck = (args: readonly string[], readable: (path: string) => boolean) => boolean;

/** The listing of one archive; `modes`: the first argument. */
export function listsArchive(modes: RegExp): ArgumentsCheck {
  return ([mode, file, ...more], readable) =>
    modes.test(mode ?? '') && file !== undefined && isArchive(file) && more.length === 0 && readable(file);
}

/** Some shells run what they find in an array's index: no brackets, no dollars. */
export function isTest(args: readonly string[], readable: (path: string) => boolean): boolean {
  return args.every((arg) =>
    arg.startsWith('-') ? TESTS.test(arg) : TESTS.test(arg) || (!/[[\]$`()]/.test(arg) && readable(arg)),
  );
}

export function isFind(args: readonly string[], readable: (path: string) => boolean): boolean {
  let at = 0;
  while (/^-[HLP]$/.test(args[at] ?? '')) at++;
  for (; at < args.length && !/^[-(!]/.test(args[at] ?? ''); at++) if (!readable(args[at] ?? '')) return false;
  for (; at < args.length; at++) {
    const word = args[at] ?? '';
    if (FIND_FLAGS.test(word)) continue;
    const value = args[++at];
    if (value === undefined || !(FIND_VALUED.test(word) || (FIND_PATHS.test(word) && readable(value)))) return false;
  }
  return true;
}

// ---

/** `host:file` is read over the network by some programs. */
function isArchive(file: string): boolean {
  return !file.startsWith('-') && !file.includes(':') && !/[*?[]/.test(file);
}

const TESTS = /^-[abcdefghknprstuwxzLOSGN]$|^(=|==|!=|-eq|-ne|-lt|-le|-gt|-ge|-nt|-ot|-ef|!|-a|-o)$/;

const FIND_FLAGS =
  /^(-print|-print0|-prune|-empty|-follow|-ls|-quit|-xdev|-mount|-not|-o|-or|-a|-and|-readable|-writable|-executable|-depth|-daystart|!|\(|\)|,)$/;
const FIND_VALUED =
  /^-(name|iname|path|ipath|wholename|iwholename|regex|iregex|regextype|type|xtype|maxdepth|mindepth|size|[amc]time|[amc]min|perm|user|group|links|inum|printf|lname|used)$/;
const FIND_PATHS = /^-(newer|anewer|cnewer|samefile)$/;
