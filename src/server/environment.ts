/**
 * The environment of the Temporal server and of the tools that fetch it: an allow-list, so that no API key is passed
 * on. They need none, and other processes of the user can read a server's environment for as long as it runs.
 */

const ALLOWED = new Set(
  `PATH HOME USER LOGNAME SHELL LANG LANGUAGE TZ TMPDIR TEMP TMP SYSTEMROOT APPDATA LOCALAPPDATA USERPROFILE
   XDG_CACHE_HOME XDG_CONFIG_HOME XDG_DATA_HOME SSL_CERT_FILE SSL_CERT_DIR
   HTTP_PROXY HTTPS_PROXY NO_PROXY ALL_PROXY http_proxy https_proxy no_proxy all_proxy`.split(/\s+/),
);

/** Settings of pip and go: mirrors, certificates and caches that a site may depend on. */
const TOOL_SETTING = /^(PIP_|GO[A-Z0-9]*$|CGO_|PYENV_|REQUESTS_CA_BUNDLE$|CURL_CA_BUNDLE$|LC_)/;

export function toolEnvironment(env: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  return pick(env, (name) => ALLOWED.has(name) || TOOL_SETTING.test(name));
}

/** Without proxies and tool settings: their URLs may hold a password, and the server makes no outgoing requests. */
export function serverEnvironment(env: NodeJS.ProcessEnv, workdir: string): NodeJS.ProcessEnv {
  const picked = pick(env, (name) => (ALLOWED.has(name) && !/proxy$/i.test(name)) || name.startsWith('LC_'));
  return { ...picked, ROOKERY_WORKDIR: workdir };
}

function pick(env: NodeJS.ProcessEnv, allowed: (name: string) => boolean): NodeJS.ProcessEnv {
  return Object.fromEntries(Object.entries(env).filter(([name]) => allowed(name)));
}
