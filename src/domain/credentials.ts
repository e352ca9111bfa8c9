/**
 * Which files hold credentials, by name alone. What a tool reads goes to a model provider, so such a file is read only
 * when a person has allowed it. Pure.
 */

/** For a path with `/`, relative or absolute; names are compared case-insensitively. */
export function isCredential(path: string): boolean {
  const segments = segmentsOf(path);
  const name = segments.at(-1) ?? '';
  if (EXAMPLE.test(name)) return false;
  return NAMES.some((pattern) => pattern.test(name)) || liesInPlace(segments);
}

/** Whether everything in the directory counts. A directory that only has the name of such a file does not. */
export function isCredentialDirectory(path: string): boolean {
  return liesInPlace(segmentsOf(path));
}

// ---

const EXAMPLE = /^\.env\.(example|sample|template)$/;

const NAMES: readonly RegExp[] = [
  /^\.env(\..*|rc)?$/,
  /\.(pem|key|p12|pfx|jks|keystore|ppk|kdbx)$/,
  /^id_(rsa|dsa|ecdsa|ed25519)(_sk)?$/,
  /^[._]netrc$/,
  /^\.(npmrc|pypirc|pgpass|my\.cnf|git-credentials|htpasswd|vault-token|dockercfg|s3cfg|boto|terraformrc)$/,
  /^credentials\.json$/,
  /^service[-_]account.*\.json$/,
];

/** Directories of which everything counts, and single files that are recognised only by their directory. */
const PLACES: readonly (readonly string[])[] = [
  ['.ssh'],
  ['.gnupg'],
  ['.config', 'gcloud'],
  ['.azure'],
  ['.aws', 'credentials'],
  ['.docker', 'config.json'],
  ['.kube', 'config'],
  ['.config', 'gh', 'hosts.yml'],
  ['.config', 'rclone', 'rclone.conf'],
  ['.cargo', 'credentials'],
  ['.cargo', 'credentials.toml'],
  ['.gem', 'credentials'],
  ['.rookery'],
];

function segmentsOf(path: string): string[] {
  return path.toLowerCase().split('/').filter(Boolean);
}

/** The place matches somewhere in the path: the file itself, or anything in the directory. */
function liesInPlace(segments: readonly string[]): boolean {
  return segments.some((_, at) => PLACES.some((place) => place.every((part, i) => segments[at + i] === part)));
}
