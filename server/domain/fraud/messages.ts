/** Why a message waits for a moderator. First line of defence: links and numbers are how wall messages are abused. */
export type HoldReason = 'link' | 'number' | 'handle';

const LINK =
  /(https?:|www\.|\b[a-z0-9-]+\.(?:com|net|org|id|co|io|me|ly|xyz|info|link|shop|site|online|app|gg|tv|to|cc|ee|us|biz|vip|bet|top|pro|club|live|fun|store|dev|page|web|asia)\b)/i;
// Five digits or more, also with a few signs or spaces between them or in other scripts: phone and account numbers.
// A year stays free.
const NUMBER = /(?:\p{Nd}[^\p{L}\p{Nd}]{0,3}){5,}/u;
const HANDLE = /(^|\s)@[\w.]{3,}|\b(?:whatsapp|telegram|rekening|norek)\b|\bwa\s*[:.+]/i;

/** Reasons to hold a message; none means that it may be shown at once. Width and spacing tricks are undone first. */
export function holdReasons(message: string): HoldReason[] {
  // Full width, circled and raised forms become plain; what is not seen (format characters, combining marks) goes.
  const plain = message
    .normalize('NFKD')
    .replace(/[\p{Cf}\p{M}]/gu, '')
    .replace(/[\u3002\uff61]/g, '.');
  return [
    ...(LINK.test(plain) ? (['link'] as const) : []),
    ...(NUMBER.test(plain) ? (['number'] as const) : []),
    ...(HANDLE.test(plain) ? (['handle'] as const) : []),
  ];
}
