import { useEffect, useState } from 'preact/hooks';
import { useTexts } from '../i18n/language.ts';
import { CheckIcon, LinkIcon, ShareIcon, WhatsAppIcon } from './icons.tsx';
import '../styles/share.css';

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

const DONE_MS = 3_000;

/** True for the while in which a page says that it has been done. */
function useDone() {
  const [isDone, setIsDone] = useState(false);
  useEffect(() => {
    if (!isDone) return;
    const timer = setTimeout(() => setIsDone(false), DONE_MS);
    return () => clearTimeout(timer);
  }, [isDone]);
  return [isDone, setIsDone] as const;
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
  const [isDone, setIsDone] = useDone();
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

/** Copies a text and says so for a while. */
export function CopyButton({ text, label, done }: { text: string; label: string; done: string }) {
  const [isDone, setIsDone] = useDone();
  return (
    <button type="button" class="button" onClick={async () => setIsDone(await copy(text))}>
      {isDone ? <CheckIcon /> : <LinkIcon />}
      <span aria-live="polite">{isDone ? done : label}</span>
    </button>
  );
}

/** The two places where campaigns are passed on most, and the link itself: for browsers without a share sheet too. */
export function ShareLinks({ url, title }: { url: string; title: string }) {
  const t = useTexts();
  const words = t.campaign.shareText(title);
  const whatsApp = `https://wa.me/?${new URLSearchParams({ text: `${words}\n${url}` })}`;
  const x = `https://x.com/intent/post?${new URLSearchParams({ text: words, url })}`;
  return (
    <ul class="share-links">
      <li>
        <a class="button" href={whatsApp} target="_blank" rel="noopener noreferrer">
          <WhatsAppIcon />
          WhatsApp
        </a>
      </li>
      <li>
        <a class="button" href={x} target="_blank" rel="noopener noreferrer">
          {t.campaign.onX}
        </a>
      </li>
      <li>
        <CopyButton text={url} label={t.campaign.copyLink} done={t.campaign.shared} />
      </li>
    </ul>
  );
}
