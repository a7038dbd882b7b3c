/** Why a message waits for a moderator. First line of defence: links and numbers are how wall messages are abused. */
export type HoldReason = 'link' | 'number' | 'handle';

const LINK =
  /(https?:|www\.|\b[a-z0-9-]{2,}\.(?:com|net|org|id|co|io|me|ly|xyz|info|link|shop|site|online|app|gg|tv|to)\b)/i;
// Five digits or more, also with dots, spaces or dashes between them or in other scripts: phone and account numbers.
// A year stays free.
const NUMBER = /(?:\p{Nd}[\s.\-()]*){5,}/u;
const HANDLE = /(^|\s)@[\w.]{3,}|\b(?:whatsapp|telegram|rekening|norek)\b|\bwa\s*[:.+]/i;

/** Reasons to hold a message; none means that it may be shown at once. Width and spacing tricks are undone first. */
export function holdReasons(message: string): HoldReason[] {
  const plain = message.normalize('NFKC').replace(/[\u200b-\u200f\u2060\ufeff]/g, '');
  return [
    ...(LINK.test(plain) ? (['link'] as const) : []),
    ...(NUMBER.test(plain) ? (['number'] as const) : []),
    ...(HANDLE.test(plain) ? (['handle'] as const) : []),
  ];
}
