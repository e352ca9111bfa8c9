/**
 * Sites that `web_fetch` may read unasked: documentation and package registries. It only GETs, and nobody but the site can
 * read what a URL there says: no host where strangers keep logs, pages, forms or pastes of their own. Pure data.
 */
const HOSTS = new Set([
    ...['docs.rs', 'crates.io', 'doc.rust-lang.org', 'www.rust-lang.org'],
    ...['developer.mozilla.org', 'nodejs.org', 'www.typescriptlang.org', 'registry.npmjs.org', 'www.npmjs.com', 'jsr.io'],
    ...['docs.python.org', 'pypi.org', 'peps.python.org', 'packaging.python.org', 'numpy.org', 'pandas.pydata.org'],
    ...['go.dev', 'pkg.go.dev', 'docs.oracle.com', 'kotlinlang.org', 'docs.ruby-lang.org', 'rubygems.org', 'www.php.net'],
    ...['learn.microsoft.com', 'developer.apple.com', 'docs.swift.org', 'en.cppreference.com', 'hexdocs.pm', 'hex.pm'],
    ...['docs.docker.com', 'kubernetes.io', 'docs.temporal.io', 'www.postgresql.org', 'www.sqlite.org', 'dev.mysql.com'],
    ...[
        'git-scm.com',
        'docs.github.com',
        'docs.gitlab.com',
        'www.gnu.org',
        'man7.org',
        'www.kernel.org',
        'docs.kernel.org',
    ],
    ...[
        'react.dev',
        'vuejs.org',
        'angular.dev',
        'svelte.dev',
        'vite.dev',
        'vitest.dev',
        'nextjs.org',
        'docs.djangoproject.com',
    ],
    ...['docs.aws.amazon.com', 'cloud.google.com', 'www.rfc-editor.org', 'datatracker.ietf.org', 'www.w3.org'],
    ...['html.spec.whatwg.org', 'tc39.es', 'www.unicode.org', 'semver.org', 'json-schema.org', 'spec.openapis.org'],
]);
export function isPublicHost(host) {
    return HOSTS.has(host);
}
//# sourceMappingURL=public-hosts.js.map