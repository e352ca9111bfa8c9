/**
 * The thread that turns one HTML page into markdown, as text: plain JavaScript and not a separate file, so that it
 * runs alike from the sources and from the build. Gets `{ html, base, modules }`, posts one string. Loads nothing of
 * what the page names, and leaves nothing in its markdown that a reader's viewer would load.
 */
export const PAGE_THREAD = `
const { parentPort, workerData: { html, base, modules } } = require('node:worker_threads');
const { parseHTML } = require(modules.linkedom);
const { Readability, isProbablyReaderable } = require(modules.readability);
const Turndown = require(modules.turndown);

const parse = () => parseHTML(/<html[\\s>]/i.test(html) ? html : '<html><body>' + html + '</body></html>').document;
const flat = (text) => text.replace(/\\s+/g, ' ').trim();

const absolute = (root, href) => {
  try {
    const url = new URL(href, root);
    return /^(https?|mailto):$/.test(url.protocol) ? url.href.replace(/!\\[/g, '!%5B').replace(/[()]/g, (one) => (one === '(' ? '%28' : '%29')) : '';
  } catch {
    return '';
  }
};

const hidden = (node) =>
  node.hasAttribute('hidden') || /display\\s*:\\s*none|visibility\\s*:\\s*hidden/i.test(node.getAttribute('style') || '');

const writer = (root) => {
  const turndown = new Turndown({ headingStyle: 'atx', codeBlockStyle: 'fenced', bulletListMarker: '-' });
  const escape = turndown.escape.bind(turndown);
  // An entity is a text of its own here: what follows its \`<\` is not seen.
  turndown.escape = (text) => escape(text).replace(/<(?=[a-z\\/!?]|$)/gi, '\\\\<');
  turndown.addRule('row', { filter: 'tr', replacement: (text, node) => {
    const cells = text.split('|').length - 1;
    const first = !node.previousElementSibling && !(node.parentNode && node.parentNode.previousElementSibling);
    return '\\n|' + text + (first ? '\\n|' + ' --- |'.repeat(cells) : '');
  } });
  turndown.addRule('cell', { filter: ['th', 'td'], replacement: (text) => ' ' + flat(text).replace(/\\|/g, '/') + ' |' });
  turndown.addRule('rows', { filter: ['thead', 'tbody', 'tfoot'], replacement: (text) => text });
  turndown.addRule('table', { filter: 'table', replacement: (text) => '\\n\\n' + text.trim() + '\\n\\n' });
  turndown.addRule('link', { filter: 'a', replacement: (text, node) => {
    const href = absolute(root, node.getAttribute('href') || '#');
    return href && flat(text) && node.hasAttribute('href') ? '[' + flat(text) + '](' + href + ')' : text;
  } });
  turndown.addRule('image', { filter: 'img', replacement: (text, node) => {
    const alt = flat(node.getAttribute('alt') || '');
    return alt ? '(image: ' + turndown.escape(alt) + ')' : '';
  } });
  turndown.addRule('hidden', { filter: (node) => hidden(node), replacement: () => '' });
  turndown.remove(['head', 'script', 'style', 'noscript', 'template', 'iframe', 'frame', 'object', 'embed', 'audio', 'video',
    'canvas', 'svg', 'link', 'meta', 'title', 'select', 'textarea', 'input', 'button', 'dialog']);
  return turndown;
};

const page = parse();
const start = page.querySelector('base[href]');
const root = absolute(base, (start && start.getAttribute('href')) || base) || base;
const turndown = writer(root);
let title = flat((page.querySelector('title') || {}).textContent || '');
let node;
// It takes the page apart as it reads, so a page in which it finds nothing is parsed again.
if (isProbablyReaderable(page)) {
  const article = new Readability(page, { serializer: (element) => element, keepClasses: true }).parse();
  if (article && article.content && article.length >= 250) {
    node = article.content;
    title = flat(article.title || title);
  }
}
if (!node) {
  const whole = parse();
  node = whole.body && whole.body.childNodes.length > 0 ? whole.body : whole.documentElement;
}
const text = turndown.turndown(node);
parentPort.postMessage((title && !text.startsWith('# ') ? '# ' + turndown.escape(title) + '\\n\\n' : '') + text);`;
