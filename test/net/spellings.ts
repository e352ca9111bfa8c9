/** Ways to write an address of this host or of the network inside, made from every base, form and disguise there is. */

const octets = (address: string): number[] => address.split('.').map(Number);
const asNumber = (address: string): number => octets(address).reduce((sum, octet) => sum * 256 + octet, 0);
const hex = (value: number, width = 1): string => value.toString(16).padStart(width, '0');
const groups = (address: string): string => {
  const [a = 0, b = 0, c = 0, d = 0] = octets(address);
  return `${hex(a * 256 + b)}:${hex(c * 256 + d)}`;
};

const CIRCLED = [...'⓪①②③④⑤⑥⑦⑧⑨'];
const swap = (text: string, digits: readonly string[]): string =>
  text.replace(/\d/g, (digit) => digits[+digit] ?? digit);
const FULL_WIDTH = [...'０１２３４５６７８９'];
const BOLD = [...'𝟎𝟏𝟐𝟑𝟒𝟓𝟔𝟕𝟖𝟗'];

function v4(address: string): string[] {
  const [a = 0, b = 0, c = 0, d = 0] = octets(address);
  const parts = [a, b, c, d];
  const oct = (value: number, zeros = 1): string => `${'0'.repeat(zeros)}${value.toString(8)}`;
  return [
    address,
    String(asNumber(address)),
    `0x${hex(asNumber(address), 8)}`,
    `0X${hex(asNumber(address)).toUpperCase()}`,
    oct(asNumber(address)),
    parts.map((part) => oct(part)).join('.'),
    parts.map((part) => oct(part, 6)).join('.'),
    parts.map((part) => `0x${hex(part)}`).join('.'),
    parts.map((part) => `0x${hex(part, 12)}`).join('.'),
    `0x${hex(a)}.${b}.${oct(c)}.${d}`,
    `${a}.${b * 65_536 + c * 256 + d}`,
    `${a}.${b}.${c * 256 + d}`,
    `${oct(a)}.0x${hex(b * 65_536 + c * 256 + d)}`,
    `${address}.`,
    swap(address, CIRCLED),
    swap(address, FULL_WIDTH),
    swap(address, BOLD),
    address.replaceAll('.', '。'),
    address.replaceAll('.', '．'),
    swap(address, FULL_WIDTH).replaceAll('.', '｡'),
    encodeURIComponent(address).replaceAll('.', '%2e'),
    address.replace(/\d/, (digit) => `%3${digit}`),
    `${address.slice(0, 1)}\u00ad${address.slice(1)}`,
    `${address.slice(0, 1)}\u200b${address.slice(1)}`,
  ];
}

function v6(address: string): string[] {
  const inner = groups(address);
  const client = groups(
    octets(address)
      .map((octet) => 255 - octet)
      .join('.'),
  );
  return [
    `::${address}`,
    `::${inner}`,
    `::ffff:${address}`,
    `::FFFF:${inner}`,
    `0:0:0:0:0:ffff:${inner}`,
    `::ffff:0:${address}`,
    `64:ff9b::${address}`,
    `64:ff9b::${inner}`,
    `64:ff9b:1::${inner}`,
    `64:ff9b:1:ffff::${address}`,
    `2002:${inner}::1`,
    `2002:${inner}::`,
    `2001:0:${inner}::1`,
    `2001:0:4136:e378:8000:63bf:${client}`,
    `2001:4860::5efe:${inner}`,
    `2001:4860::200:5efe:${inner}`,
    `fe80::5efe:${address}`,
  ].map((one) => `[${one}]`);
}

const INSIDE = ['127.0.0.1', '127.8.9.10', '10.0.0.1', '169.254.169.254', '192.168.1.1'];

const OTHERS = [
  ...['0', '0.0.0.0', '00', '0x0', '127.1', '127.0.1', '0x7f.1', '017700000001', '0177.1', '2130706433', '4294967295'],
  ...['100.64.0.1', '100.100.100.200', '172.16.0.1', '172.31.255.255', '192.0.0.192', '192.0.2.1', '192.88.99.1'],
  ...['198.18.0.1', '198.51.100.7', '203.0.113.9', '224.0.0.1', '240.0.0.1', '255.255.255.255', '168.63.129.16'],
  ...['[::]', '[::1]', '[0:0:0:0:0:0:0:1]', '[0000:0000:0000:0000:0000:0000:0000:0001]', '[::0001]', '[fd00::1]'],
  ...['[fc00::1]', '[fd00:ec2::254]', '[fe80::1]', '[fec0::1]', '[ff02::1]', '[100::1]', '[2001:db8::1]', '[3fff::1]'],
  ...[
    '[2001:2::1]',
    '[2001:10::1]',
    '[2001:20::1]',
    '[2001:30::1]',
    '[5f00::1]',
    '[3ffe::1]',
    '[4000::1]',
    '[fe80::1%25lo]',
  ],
  ...[
    'localhost',
    'LOCALHOST',
    'localhost.',
    'ｌｏｃａｌｈｏｓｔ',
    'ⓛⓞⓒⓐⓛⓗⓞⓢⓣ',
    'loca%6chost',
    'LocalHost',
    'inside.example',
  ],
];

/** Every URL leads to the port on this host if anything is reached at all. */
export function spellings(port: number): string[] {
  const hosts = [...INSIDE.flatMap((address) => [...v4(address), ...v6(address)]), ...OTHERS];
  const plain = hosts.map((host) => `http://${host}:${port}/`);
  const disguised = ['127.0.0.1', '[::1]', 'localhost', '0x7f000001'].flatMap((host) => [
    `http://example.com@${host}:${port}/`,
    `http://user:secret-word@${host}:${port}/`,
    `http://example.com%2f@${host}:${port}/`,
    `http:\\\\${host}:${port}/`,
    `http:${host}:${port}/`,
    `http:///${host}:${port}/`,
    `HTTP://${host}:${port}/`,
    `http://${host}:0${port}/`,
    `http://${host}:${port}#@example.com/`,
    `http://${host}:${port}?@example.com/`,
    `http://${host}:${port}\\@example.com/`,
    ` http://${host}:${port}/`,
    `http://${host}\t:${port}/`,
    `ht\ntp://${host}:${port}/`,
    `http://${host}:${port}/\0`,
    `ftp://${host}:${port}/`,
    `gopher://${host}:${port}/_GET`,
    `ws://${host}:${port}/`,
    `https://${host}:${port}/`,
    `//${host}:${port}/`,
    `file://${host}:${port}/etc/passwd`,
    `blob:http://${host}:${port}/1`,
    `view-source:http://${host}:${port}/`,
  ]);
  return [...plain, ...disguised];
}
