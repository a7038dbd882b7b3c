/** Why a message waits for a moderator. First line of defence: links and numbers are how wall messages are abused. */
export type HoldReason = 'link' | 'number' | 'handle';

const LINK =
  /(https?:|www\.|\b[a-z0-9-]+\.(?:com|net|org|id|co|io|me|ly|xyz|info|link|shop|site|online|app|gg|tv|to|cc|ee|us|biz|vip|bet|top|pro|club|live|fun|store|dev|page|web|asia)\b)/i;
// In a message any digit is looked at: a number can be spelt over several lines and gifts.
const DIGIT = /\p{Nd}/u;
// A name may hold a class or a year ("Alumni 1998"); five digits or more, whatever stands between them, are no name.
const LONG_NUMBER = /(?:\p{Nd}[^\p{L}\p{Nd}]{0,3}){5,}/u;
const HANDLE = /(^|\s)@[\w.]{3,}|\b(?:whatsapp|telegram|rekening|norek)\b|\bwa\s*[:.+]/i;

/** Reasons to hold a message; none means that it may be shown at once. */
export const holdReasons = (message: string): HoldReason[] => reasonsIn(message, DIGIT);

/** Whether a name is one that may stand on a public wall. */
export const isFitName = (name: string): boolean => reasonsIn(name, LONG_NUMBER).length === 0;

/** Width and spacing tricks are undone first. */
function reasonsIn(words: string, number: RegExp): HoldReason[] {
  // Full width, circled and raised forms become plain; what is not seen (format characters, combining marks) goes.
  const plain = words
    .normalize('NFKD')
    .replace(/[\p{Cf}\p{M}]/gu, '')
    .replace(/[\u3002\uff61]/g, '.');
  return [
    ...(LINK.test(plain) ? (['link'] as const) : []),
    ...(number.test(plain) ? (['number'] as const) : []),
    ...(HANDLE.test(plain) ? (['handle'] as const) : []),
  ];
}
