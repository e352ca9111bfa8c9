/** Text that stays text: the bare words of HTML, and markdown from outside that loads nothing when it is shown. Pure. */

/** Goes once over the page, whatever is in it, and is done with one stretch before it begins the next. */
export function bareText(html: string): string {
  const done: string[] = [];
  let parts: string[] = [];
  let size = 0;
  const add = (part: string): void => {
    parts.push(part);
    size += part.length;
    if (size < STRETCH && parts.length < STRETCH / 16) return;
    done.push(tidy(parts.join('')));
    parts = [];
    size = 0;
  };
  for (let at = 0; at < html.length; ) {
    const open = html.indexOf('<', at);
    const end = Math.min(open === -1 ? html.length : open, at + STRETCH);
    add(html.slice(at, end));
    at = end;
    if (at !== open) continue;
    const name = /^<\/?([a-z][a-z0-9]*|!--)/i.exec(html.slice(open, open + 16))?.[1]?.toLowerCase();
    // A lone `<` is text.
    if (name === undefined) add('<');
    else if (BLOCKS.has(name)) add('\n');
    at = name === undefined ? open + 1 : endOf(html, open, name);
  }
  return [...done, tidy(parts.join(''))]
    .join('')
    .replace(/\n{3,}/g, '\n\n')
    .trim();
}

/** Markdown of others in which no viewer finds an image or an element to load. */
export function inert(markdown: string): string {
  return markdown.replace(/!\[/g, '!\\[').replace(/<(?=[a-z/!?])/gi, '\\<');
}

// ---

/** Characters. What is made of one is small and soon gone, however many pieces the page has. */
const STRETCH = 16 * 1024;

const BLOCKS = new Set(
  'p div br li ul ol tr table h1 h2 h3 h4 h5 h6 pre section article header footer hr dt dd'.split(' '),
);
const SILENT = new Set(['script', 'style', 'noscript', 'template', 'svg', 'title']);
const ENTITY = /&(amp|lt|gt|quot|nbsp|#\d{1,7}|#x[0-9a-f]{1,6});/gi;
const NAMED: Readonly<Record<string, string>> = { amp: '&', lt: '<', gt: '>', quot: '"', nbsp: ' ' };

/** Where the tag ends, and for what is never read also its content. */
function endOf(html: string, open: number, name: string): number {
  if (name === '!--') return after(html, '-->', open + 4);
  const end = after(html, '>', open);
  if (html[open + 1] === '/' || !SILENT.has(name)) return end;
  const close = new RegExp(`</${name}`, 'gi');
  close.lastIndex = end;
  const found = close.exec(html);
  // Never closed: then it is everything that follows, once and for all.
  return found ? after(html, '>', found.index) : html.length;
}

function after(html: string, mark: string, from: number): number {
  const at = html.indexOf(mark, from);
  return at === -1 ? html.length : at + mark.length;
}

function decode(whole: string, name: string): string {
  const known = NAMED[name.toLowerCase()];
  if (known !== undefined) return known;
  const code = /^#x/i.test(name) ? Number.parseInt(name.slice(2), 16) : Number.parseInt(name.slice(1), 10);
  return code > 0 && code <= 0x10ffff ? String.fromCodePoint(code) : whole;
}

/** Touches only what is not tidy yet: to replace a space by a space a million times takes memory. */
function tidy(text: string): string {
  return text
    .replace(ENTITY, decode)
    .replace(/[^\S\n]{2,}|[^\S\n ]/g, ' ')
    .replace(/ \n ?|\n /g, '\n')
    .replace(/\n{3,}/g, '\n\n');
}
