import { useState } from 'preact/hooks';
import { language, useTexts } from '../i18n/language.ts';
import { CopyButton } from './Share.tsx';
import '../styles/embed.css';

/** As data-theme of /embed.js takes them. */
const THEMES = ['auto', 'fajar', 'malam'] as const;
type Theme = (typeof THEMES)[number];

/** How a campaign is put into the pages of others, and how it looks there. */
export function Embed({ slug, title }: { slug: string; title: string }) {
  const { embed: t } = useTexts();
  const [isOpen, setIsOpen] = useState(false);
  const [theme, setTheme] = useState<Theme>('auto');
  const lang = language.value;
  const address = `${location.origin}/embed/${slug}?lang=${lang}&theme=${theme}`;
  const script = `<script async src="${location.origin}/embed.js" data-campaign="${slug}" data-lang="${lang}" data-theme="${theme}"></script>`;
  // A title may hold a quotation mark; a slug cannot.
  const name = title.replaceAll('&', '&amp;').replaceAll('"', '&quot;');
  const frame = `<iframe src="${address.replaceAll('&', '&amp;')}" title="${name}" loading="lazy" style="width:100%;max-width:720px;height:460px;border:0"></iframe>`;
  return (
    <details class="fold embed" onToggle={(event) => setIsOpen(event.currentTarget.open)}>
      <summary>{t.title}</summary>
      {/* Built when somebody wants it: the frame takes a connection of its own. */}
      {isOpen && (
        <div class="stack embed-in">
          <fieldset class="embed-themes">
            <legend class="hint">{t.theme}</legend>
            {THEMES.map((one) => (
              <label class="button" key={one}>
                <input
                  type="radio"
                  class="unseen"
                  name="embed-theme"
                  checked={one === theme}
                  onChange={() => setTheme(one)}
                />
                {t.themes[one]}
              </label>
            ))}
          </fieldset>
          <iframe class="embed-preview" key={address} src={address} title={t.preview(title)} />
          <Snippet label={t.script} text={script} />
          <Snippet label={t.frame} text={frame} />
        </div>
      )}
    </details>
  );
}

function Snippet({ label, text }: { label: string; text: string }) {
  const { embed: t } = useTexts();
  return (
    <div class="embed-snippet">
      <p class="hint">{label}</p>
      <pre>
        <code>{text}</code>
      </pre>
      <CopyButton text={text} label={t.copy} done={t.copied} />
    </div>
  );
}
