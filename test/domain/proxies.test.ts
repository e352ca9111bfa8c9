/** Which proxy a request goes through. */
import { expect, test } from 'vitest';
import { grpcProxyFor, isLoopback, proxyFor, proxyName } from '../../src/domain/proxies.js';

const P = 'http://proxy.test:3128';

test.each([
  ['http://models.test/v1', {}, undefined],
  ['http://models.test/v1', { httpProxy: P }, P],
  ['https://models.test/v1', { httpProxy: P }, P],
  ['https://models.test/v1', { httpProxy: 'http://other.test', httpsProxy: P }, P],
  ['http://models.test/v1', { httpsProxy: P }, undefined],
  ['http://models.test/v1', { httpProxy: 'proxy.test:3128' }, P],
  ['http://models.test/v1', { httpProxy: P, noProxy: 'a.test models.test' }, undefined],
  ['http://eu.models.test/v1', { httpProxy: P, noProxy: '.MODELS.test' }, undefined],
  ['http://eu.models.test/v1', { httpProxy: P, noProxy: '*.models.test' }, undefined],
  ['http://mymodels.test/v1', { httpProxy: P, noProxy: 'models.test' }, P],
  ['http://models.test:81/v1', { httpProxy: P, noProxy: 'models.test:80' }, P],
  ['https://models.test/v1', { httpProxy: P, noProxy: 'models.test:443' }, undefined],
  ['http://10.1.2.3/v1', { httpProxy: P, noProxy: '10.0.0.0/8' }, undefined],
  ['http://11.1.2.3/v1', { httpProxy: P, noProxy: '10.0.0.0/8' }, P],
  ['http://[2001:db8::1]/v1', { httpProxy: P, noProxy: '2001:db8::1' }, undefined],
  ['http://models.test/v1', { httpProxy: P, noProxy: '*' }, undefined],
  ['http://localhost:11434/v1', { httpProxy: P }, undefined],
  ['https://127.0.0.2/v1', { httpProxy: P }, undefined],
])('%s with %j', (url, settings, expected) => {
  const found = proxyFor(new URL(url), settings);
  expect(found && proxyName(found)).toBe(expected);
});

test('what leads to this host', () => {
  const here = ['localhost', 'LOCALHOST', 'a.localhost', '127.0.0.1', '127.9.8.7', '::1', '[::1]', '0.0.0.0', '[::]'];
  const elsewhere = ['localhost.test', '128.0.0.1', '10.0.0.1', '127.test', '[2001:db8::1]', 'mylocalhost', ''];
  expect(here.filter((host) => !isLoopback(host))).toEqual([]);
  expect(elsewhere.filter(isLoopback)).toEqual([]);
  expect(isLoopback(new URL('http://[::ffff:127.0.0.1]').hostname)).toBe(true);
});

test.each([
  ['temporal.test:7233', { https_proxy: P }, P],
  ['temporal.test:7233', { http_proxy: P }, P],
  ['temporal.test:7233', { grpc_proxy: P, https_proxy: 'http://other.test' }, P],
  ['temporal.test:7233', { HTTPS_PROXY: P }, undefined],
  ['temporal.test:7233', { https_proxy: 'socks5://proxy.test:1080' }, undefined],
  ['temporal.test:7233', { https_proxy: P, no_proxy: 'temporal.test' }, undefined],
  ['temporal.test:7233', { https_proxy: P, no_proxy: 'temporal.test', no_grpc_proxy: 'other.test' }, P],
  ['127.0.0.1:7233', { https_proxy: P, grpc_proxy: P }, undefined],
  ['localhost:7233', { https_proxy: P }, undefined],
  ['[::1]:7233', { https_proxy: P }, undefined],
])('a Temporal server at %s with %j', (address, env, expected) => {
  const found = grpcProxyFor(address, env);
  expect(found && proxyName(found)).toBe(expected);
});

test('what is no address of a proxy is an error that does not repeat it', () => {
  expect(() => proxyFor(new URL('http://models.test'), { httpProxy: 'ftp://me:secret@x' })).toThrow(
    expect.objectContaining({ code: 'environment', message: expect.not.stringContaining('secret') }),
  );
});
