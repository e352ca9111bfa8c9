/**
 * Which files hold credentials, by name alone. Such a file is neither read nor written unless the person allowed it,
 * because what a tool reads goes to a model provider. Pure.
 */
/** For a path with `/`, relative or absolute; names are compared without regard to case. */
export function isCredential(path) {
    const segments = path.toLowerCase().split('/').filter(Boolean);
    const name = segments.at(-1) ?? '';
    if (EXAMPLE.test(name))
        return false;
    return NAMES.some((pattern) => pattern.test(name)) || PLACES.some((place) => lies(segments, place));
}
// ---
const EXAMPLE = /^\.env\.(example|sample|template)$/;
const NAMES = [
    /^\.env(\..*|rc)?$/,
    /\.(pem|key|p12|pfx|jks|keystore|ppk|kdbx)$/,
    /^id_(rsa|dsa|ecdsa|ed25519)(_sk)?$/,
    /^[._]netrc$/,
    /^\.(npmrc|pypirc|pgpass|my\.cnf|git-credentials|htpasswd|vault-token)$/,
    /^credentials\.json$/,
    /^service[-_]account.*\.json$/,
];
/** Directories of which everything counts, and single files that are only known by their directory. */
const PLACES = [
    ['.ssh'],
    ['.gnupg'],
    ['.config', 'gcloud'],
    ['.azure'],
    ['.aws', 'credentials'],
    ['.docker', 'config.json'],
    ['.kube', 'config'],
    ['.config', 'gh', 'hosts.yml'],
    ['.rookery'],
];
/** The place begins somewhere in the path: the file itself, or anything beneath. */
function lies(segments, place) {
    return segments.some((_, at) => place.every((part, i) => segments[at + i] === part));
}
//# sourceMappingURL=secrets.js.map