import { describe, expect, test } from 'vitest';
import { isGlobalUnicast } from '../../src/net/addresses.js';

const OUT: readonly (readonly [string, string, string])[] = [
  ['this network', '0.0.0.0', '0.255.255.255'],
  ['private', '10.0.0.0', '10.255.255.255'],
  ['shared', '100.64.0.0', '100.127.255.255'],
  ['loopback', '127.0.0.0', '127.255.255.255'],
  ['link-local', '169.254.0.0', '169.254.255.255'],
  ['private', '172.16.0.0', '172.31.255.255'],
  ['protocol assignments', '192.0.0.0', '192.0.0.255'],
  ['documentation', '192.0.2.0', '192.0.2.255'],
  ['AS112', '192.31.196.0', '192.31.196.255'],
  ['AMT', '192.52.193.0', '192.52.193.255'],
  ['6to4 relays', '192.88.99.0', '192.88.99.255'],
  ['private', '192.168.0.0', '192.168.255.255'],
  ['AS112', '192.175.48.0', '192.175.48.255'],
  ['benchmarking', '198.18.0.0', '198.19.255.255'],
  ['documentation', '198.51.100.0', '198.51.100.255'],
  ['documentation', '203.0.113.0', '203.0.113.255'],
  ['multicast', '224.0.0.0', '239.255.255.255'],
  ['reserved and broadcast', '240.0.0.0', '255.255.255.255'],
  ["a cloud's inside", '168.63.129.16', '168.63.129.16'],
  ['unspecified and loopback', '::', '::1'],
  ['IPv4-compatible', '::8.8.8.8', '::808:808'],
  ['IPv4-mapped', '::ffff:0.0.0.0', '::ffff:8.8.8.8'],
  ['IPv4-translated', '::ffff:0:0:0', '::ffff:0:808:808'],
  ['NAT64', '64:ff9b::', '64:ff9b::8.8.8.8'],
  ['NAT64, local', '64:ff9b:1::', '64:ff9b:1:ffff:ffff:ffff:ffff:ffff'],
  ['discard', '100::', '100::ffff:ffff:ffff:ffff'],
  ['Teredo', '2001::', '2001:0:ffff:ffff:ffff:ffff:ffff:ffff'],
  ['protocol assignments', '2001:1::', '2001:1ff:ffff:ffff:ffff:ffff:ffff:ffff'],
  ['benchmarking', '2001:2::', '2001:2:0:ffff:ffff:ffff:ffff:ffff'],
  ['ORCHID', '2001:10::', '2001:2f:ffff:ffff:ffff:ffff:ffff:ffff'],
  ['documentation', '2001:db8::', '2001:db8:ffff:ffff:ffff:ffff:ffff:ffff'],
  ['documentation', '3fff::', '3fff:fff:ffff:ffff:ffff:ffff:ffff:ffff'],
  ['6to4', '2002::', '2002:ffff:ffff:ffff:ffff:ffff:ffff:ffff'],
  ['6bone', '3ffe::', '3ffe:ffff:ffff:ffff:ffff:ffff:ffff:ffff'],
  ['AS112', '2620:4f:8000::', '2620:4f:8000:ffff:ffff:ffff:ffff:ffff'],
  ['ISATAP', '2a00:1450::5efe:a00:1', '2a00:1450::200:5efe:808:808'],
  ['not given out', '4000::', '5f00:ffff:ffff:ffff:ffff:ffff:ffff:ffff'],
  ['unique local', 'fc00::', 'fdff:ffff:ffff:ffff:ffff:ffff:ffff:ffff'],
  ['link-local', 'fe80::', 'febf:ffff:ffff:ffff:ffff:ffff:ffff:ffff'],
  ['site-local', 'fec0::', 'feff:ffff:ffff:ffff:ffff:ffff:ffff:ffff'],
  ['multicast', 'ff00::', 'ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff'],
];

describe('an address is of the public internet', () => {
  test.each(OUT)('never when it is %s: %s to %s', (_, first, last) => {
    expect([first, last].filter(isGlobalUnicast)).toEqual([]);
  });

  test.each([
    ...[
      '1.1.1.1',
      '8.8.8.8',
      '9.255.255.255',
      '11.0.0.0',
      '100.63.255.255',
      '100.128.0.0',
      '126.255.255.255',
      '128.0.0.0',
    ],
    ...['172.15.255.255', '172.32.0.0', '192.0.1.0', '192.167.255.255', '192.169.0.0', '198.17.255.255', '198.20.0.0'],
    ...['223.255.255.255', '2001:4860:4860::8888', '2606:4700::1111', '2a00:1450::1', '2001:200::1', '2001:db9::1'],
  ])('when it is %s, which is just outside of those', (address) => {
    expect(isGlobalUnicast(address)).toBe(true);
  });

  test.each([
    ...[
      '',
      ' ',
      '8.8.8.8 ',
      '08.8.8.8',
      '8.8.8',
      '134744072',
      '0x08080808',
      '8.8.8.8:80',
      '[2606:4700::1111]',
      '8.8.8.8/32',
    ],
    ...['2606:4700::1111%eth0', '2606:4700::1111%1', '2606:4700:::1', 'example.com', '８.8.8.8', '8.8.8.8\0'],
  ])('never when it is written as %j', (address) => {
    expect(isGlobalUnicast(address)).toBe(false);
  });
});
