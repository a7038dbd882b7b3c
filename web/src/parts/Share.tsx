import { useEffect, useState } from 'preact/hooks';
import { useTexts } from '../i18n/language.ts';
import { CheckIcon, ShareIcon } from './icons.tsx';

/** Copies `text`; false where the browser forbids it. The clipboard exists on secure origins alone. */
export async function copy(text: string): Promise<boolean> {
  try {
    await navigator.clipboard.writeText(text);
    return true;
  } catch {
    const area = document.createElement('textarea');
    area.value = text;
    area.style.position = 'fixed';
    area.style.opacity = '0';
    document.body.append(area);
    area.select();
    // Deprecated and everywhere: the only way left on plain http.
    const done = document.execCommand('copy');
    area.remove();
    return done;
  }
}

type Props = {
  url: string;
  title: string;
  label: string;
  done?: string;
  class?: string;
  isIconOnly?: boolean;
};

/** Opens the phone's own share sheet, or copies the link where there is none. */
export function Share({ url, title, label, done, class: className = 'button', isIconOnly = false }: Props) {
  const t = useTexts();
  const [isDone, setIsDone] = useState(false);
  useEffect(() => {
    if (!isDone) return;
    const timer = setTimeout(() => setIsDone(false), 3_000);
    return () => clearTimeout(timer);
  }, [isDone]);
  const share = async () => {
    if (typeof navigator.share === 'function') {
      // A person who closes the sheet has not met an error.
      await navigator.share({ url, title, text: t.campaign.shareText(title) }).catch(() => undefined);
      return;
    }
    setIsDone(await copy(url));
  };
  const words = isDone ? (done ?? t.campaign.shared) : label;
  return (
    <button
      type="button"
      class={className}
      onClick={() => void share()}
      aria-label={isIconOnly ? words : undefined}
    >
      {isDone ? <CheckIcon /> : <ShareIcon />}
      {!isIconOnly && <span aria-live="polite">{words}</span>}
    </button>
  );
}
