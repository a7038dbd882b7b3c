/** What a message is held for, for the eye alone: links, long numbers, ways to get in touch. The server decides. */
const HELD =
  /(?:https?:\/\/\S+|www\.\S+|\b[a-z0-9-]{2,}\.(?:com|net|org|id|co|io|me|ly|xyz|info|link|shop|site|online|app|gg|tv|to)\b\S*|@[\w.]{3,}|\b(?:whatsapp|telegram|rekening|norek|wa)\b|(?:\p{Nd}[\s.\-()]*){5,})/giu;

/** The message with what it may be held for marked. */
export function Words({ text }: { text: string }) {
  const parts: preact.ComponentChild[] = [];
  let at = 0;
  for (const { 0: found, index } of text.matchAll(HELD)) {
    // A number takes the spaces behind it along.
    const shown = found.trimEnd();
    parts.push(text.slice(at, index), <mark key={index}>{shown}</mark>);
    at = index + shown.length;
  }
  parts.push(text.slice(at));
  return <>{parts}</>;
}
