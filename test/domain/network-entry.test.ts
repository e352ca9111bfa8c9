/** The names of hosts that commands are given, and the registries of a person's environment. */
import { describe, expect, test } from 'vitest';
import {
  coversEntry,
  isNetworkName,
  type NetworkEntry,
  networkHosts,
  parseNetworkEntry,
} from '../../src/domain/network-entry.js';
import { proxyFor, proxyName, proxySettingsOf } from '../../src/domain/proxies.js';
import { registriesOf, registryVariables } from '../../src/domain/registries.js';

const entry = (text: string): NetworkEntry => parseNetworkEntry(text) as NetworkEntry;

test.each([
  'registry.npmjs.org',
  'registry.npmjs.org:443',
  '*.example.org',
  '*.example.org:8443',
  'xn--bcher-kva.example',
  'localhost',
  'localhost:4873',
  'nexus:8081',
  '10.0.0.5:8443',
  '[::1]:8080',
  'npm',
  'PIP',
])('%s is a name', (name) => expect(isNetworkName(name)).toBe(true));

test.each([
  '',
  '*',
  '*.*',
  '*.org',
  '*.1.2.3.4',
  'a.*.org',
  'nmp',
  'bücher.example',
  'https://registry.npmjs.org',
  'registry.npmjs.org/x',
  'me:secret@example.org',
  'example.org:0',
  'example.org:65536',
  'example.org:',
  '-x.org',
  'a b.org',
  '127.1',
  '0x7f.0.0.1',
  '2130706433:80',
  '1.2.3.256',
  '[::g]:80',
  '*.[::1]:80',
  'constructor',
  '__proto__',
])('%j is no name', (name) => expect(isNetworkName(name)).toBe(false));

test.each([
  ['example.org', 'example.org', true],
  ['example.org', 'example.org:443', true],
  ['example.org', 'example.org:8443', false],
  ['example.org:443', 'example.org', false],
  ['example.org', 'a.example.org', false],
  ['*.example.org', 'a.b.example.org', true],
  ['*.example.org', 'example.org', false],
  ['*.example.org', 'xexample.org', false],
  ['*.example.org', '*.a.example.org', true],
  ['*.a.example.org', '*.example.org', false],
  ['example.org', '*.example.org', false],
])('%s covers %s: %s', (given, wanted, covers) => expect(coversEntry(entry(given), entry(wanted))).toBe(covers));

describe('registries', () => {
  test('are the public ones, or the mirrors of the environment', () => {
    const hosts = (name: string, env: Record<string, string>) => networkHosts([name], registriesOf(env));
    expect(hosts('npm', {})).toEqual(['registry.npmjs.org']);
    expect(hosts('npm', { npm_config_registry: 'https://me:pw@npm.corp.example/api/' })).toEqual(['npm.corp.example']);
    expect(hosts('npm', { NPM_CONFIG_REGISTRY: 'http://localhost:4873' })).toEqual(['localhost:4873']);
    expect(hosts('pip', {})).toEqual(['pypi.org', 'files.pythonhosted.org']);
    expect(hosts('pip', { PIP_INDEX_URL: 'https://pypi.corp.example/simple' })).toEqual(['pypi.corp.example']);
    expect(hosts('pip', { PIP_EXTRA_INDEX_URL: 'https://pypi.corp.example/simple' })).toEqual([
      ...['pypi.org', 'files.pythonhosted.org', 'pypi.corp.example'],
    ]);
    expect(hosts('go', { GOPROXY: 'https://go.corp.example:8443,direct' })).toEqual([
      'go.corp.example:8443',
      'sum.golang.org',
    ]);
    expect(hosts('go', { GOPROXY: 'off', GOSUMDB: 'off' })).toEqual(['proxy.golang.org', 'sum.golang.org']);
    expect(hosts('cargo', { npm_config_registry: 'not a url' })).toEqual(['index.crates.io', 'static.crates.io']);
  });

  test('reach a command without their passwords, and nothing else of the environment does', () => {
    const env = { GOPROXY: 'https://a:b@one.example|http://c@two.example,direct', HTTPS_PROXY: 'http://x', KEY: 'k' };
    expect(registryVariables(env)).toEqual({ GOPROXY: 'https://one.example|http://two.example,direct' });
  });
});

test.each([
  [{ HTTP_PROXY: 'p.test:1' }, 'http://p.test:1', 'http://p.test:1'],
  [{ http_proxy: 'http://p.test:1' }, 'http://p.test:1', 'http://p.test:1'],
  [{ HTTPS_PROXY: 'http://me:secret@p.test:1' }, undefined, 'http://p.test:1'],
  [{ https_proxy: 'small.test:1', HTTPS_PROXY: 'big.test:1' }, undefined, 'http://small.test:1'],
  [{ Https_Proxy: 'p.test:1' }, undefined, 'http://p.test:1'],
  [{ ALL_PROXY: 'p.test:1' }, 'http://p.test:1', 'http://p.test:1'],
  [{ all_proxy: 'socks5h://p.test:1' }, 'socks5://p.test:1', 'socks5://p.test:1'],
  [{ all_proxy: 'p.test:1', HTTP_PROXY: 'h.test:1' }, 'http://h.test:1', 'http://p.test:1'],
  [{ ALL_PROXY: 'p.test:1', no_proxy: 'site.test' }, undefined, undefined],
  [{ ALL_PROXY: 'p.test:1', NO_PROXY: '*' }, undefined, undefined],
  [{ HTTP_PROXY: '  ' }, undefined, undefined],
])('with %j http goes through %s and https through %s', (env, http, https) => {
  const settings = proxySettingsOf(env);
  const through = (url: string) => {
    const proxy = proxyFor(new URL(url), settings);
    return proxy && proxyName(proxy);
  };
  expect([through('http://site.test/'), through('https://site.test/')]).toEqual([http, https]);
});
