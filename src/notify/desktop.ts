/** A notification of the user's desktop, by the program that the system has for it. */
import { platform } from 'node:os';
import type { TaskNotice } from '../domain/notice.js';
import { visibleLine } from '../domain/visible.js';

export const DESKTOP_PROGRAM = platform() === 'darwin' ? 'osascript' : 'notify-send';

/** Texts are arguments, never a part of a script. */
export function desktopCommand({ title, text }: TaskNotice): string[] {
  const [head, body] = [visibleLine(`rookery: ${title}`), visibleLine(text)];
  return DESKTOP_PROGRAM === 'osascript'
    ? [DESKTOP_PROGRAM, ...SCRIPT.flatMap((line) => ['-e', line]), body, head]
    : [DESKTOP_PROGRAM, '--app-name=rookery', '--', head, escaped(body)];
}

// ---

const SCRIPT = ['on run argv', 'display notification (item 1 of argv) with title (item 2 of argv)', 'end run'];

/** Notification servers of Linux read markup in the body. */
function escaped(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
}
