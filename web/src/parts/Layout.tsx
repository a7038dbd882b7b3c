import type { ComponentChildren } from 'preact';
import { useEffect, useRef, useState } from 'preact/hooks';
import { useLocation } from 'preact-iso/router';
import type { StaffRole } from '../../../server/protocol/accounts.ts';
import { switchLanguage, useTexts } from '../i18n/language.ts';
import { signOut, user } from '../session.ts';
import { switchTheme, theme } from '../theme.ts';
import { MoonIcon, SunIcon } from './icons.tsx';
import { Logo } from './Logo.tsx';

/** The first page of a visit keeps the browser's own focus; later ones move it, as a new document would. */
let lastPath = location.pathname;

type Props = {
  /** The document's title, without the site's name. */
  title: string;
  /** `over`: the header lies on a scene that begins the page. */
  header?: 'plain' | 'over';
  /** The page has a bar fixed at its foot on phones. */
  hasFootBar?: boolean;
  children: ComponentChildren;
};

/** What every page stands in: skip link, header, main, footer, title and focus. */
export function Layout({ title, header = 'plain', hasFootBar = false, children }: Props) {
  const t = useTexts();
  const main = useRef<HTMLElement>(null);
  useEffect(() => {
    document.title = title.includes(t.site.name) ? title : `${title} · ${t.site.name}`;
  }, [title, t]);
  useEffect(() => {
    if (lastPath === location.pathname) return;
    lastPath = location.pathname;
    main.current?.focus({ preventScroll: true });
  }, []);

  return (
    <div class={`page${hasFootBar ? ' has-foot-bar' : ''}`}>
      <a class="skip" href="#main">
        {t.site.skip}
      </a>
      <Header over={header === 'over'} />
      <main id="main" tabIndex={-1} ref={main}>
        {children}
      </main>
      <Footer />
      <OfflineBar />
    </div>
  );
}

function Header({ over }: { over: boolean }) {
  const t = useTexts();
  const { url } = useLocation();
  const isNight = theme.value === 'night';
  return (
    <header class={over ? 'header header-over' : 'header'}>
      <div class="wrap header-in">
        <a class="brand" href="/" aria-label={t.site.home}>
          <Logo />
          <span>{t.site.name}</span>
        </a>
        <nav aria-label={t.site.nav} class="wide-only">
          <a class="header-link" href="/studio">
            {t.nav.start}
          </a>
        </nav>
        <button
          type="button"
          class="header-button"
          lang={t.site.otherLanguage.toLowerCase()}
          aria-label={`${t.site.otherLanguage}: ${t.site.switchLanguage}`}
          onClick={() => void switchLanguage()}
        >
          {t.site.otherLanguage}
        </button>
        <button
          type="button"
          class="header-button"
          aria-label={isNight ? t.site.toLight : t.site.toNight}
          onClick={switchTheme}
        >
          {isNight ? <SunIcon /> : <MoonIcon />}
        </button>
        {user.value ? (
          <Menu />
        ) : user.value === undefined ? (
          <span class="header-button" />
        ) : (
          <a
            class="header-link header-link-strong"
            href={url.startsWith('/signin') ? '/signin' : `/signin?next=${encodeURIComponent(url)}`}
          >
            {t.nav.signIn}
          </a>
        )}
      </div>
    </header>
  );
}

function Menu() {
  const t = useTexts();
  const details = useRef<HTMLDetailsElement>(null);
  const { url } = useLocation();
  const close = () => details.current?.removeAttribute('open');
  useEffect(close, [url]);
  useEffect(() => {
    const outside = (event: Event) => {
      if (event.target instanceof Node && !details.current?.contains(event.target)) close();
    };
    addEventListener('pointerdown', outside);
    return () => removeEventListener('pointerdown', outside);
  }, []);
  const me = user.value;
  if (!me) return null;
  const holds = (role: StaffRole) => me.roles.includes(role) || me.roles.includes('admin');
  return (
    <details
      class="menu"
      ref={details}
      onKeyDown={(event) => {
        if (event.key !== 'Escape') return;
        close();
        details.current?.querySelector('summary')?.focus();
      }}
    >
      <summary class="header-button" aria-label={t.nav.account(me.name)}>
        <span class="initial" aria-hidden="true">
          {me.name.trim().charAt(0).toUpperCase()}
        </span>
      </summary>
      <div class="menu-list">
        <p>
          <strong>{me.name}</strong>
          <br />
          <span class="quiet small">{me.email}</span>
        </p>
        <a href="/me">{t.nav.mine}</a>
        <a href="/studio">{t.nav.studio}</a>
        {holds('moderator') && <a href="/review">{t.nav.review}</a>}
        {(holds('finance') || holds('auditor')) && <a href="/finance">{t.nav.finance}</a>}
        <button type="button" onClick={() => void signOut().catch(() => undefined)}>
          {t.nav.signOut}
        </button>
      </div>
    </details>
  );
}

function Footer() {
  const t = useTexts();
  return (
    <footer class="footer">
      <svg class="footer-ridge" viewBox="0 0 1200 60" preserveAspectRatio="none" aria-hidden="true">
        <path
          d="M0 60V52C180 50 300 44 400 30 452 22 490 8 540 6 590 4 640 8 690 6 730 4 770 8 810 20 900 44 1040 50 1200 52V60Z"
          fill="currentColor"
        />
      </svg>
      <div class="wrap footer-in">
        <p>{t.site.tagline}</p>
        <nav aria-label={t.site.footNav}>
          <a href="/">{t.nav.campaigns}</a>
          <a href="/studio">{t.nav.start}</a>
          <a href="/me">{t.nav.mine}</a>
        </nav>
      </div>
    </footer>
  );
}

function OfflineBar() {
  const t = useTexts();
  const [isOffline, setIsOffline] = useState(!navigator.onLine);
  useEffect(() => {
    const look = () => setIsOffline(!navigator.onLine);
    addEventListener('online', look);
    addEventListener('offline', look);
    return () => {
      removeEventListener('online', look);
      removeEventListener('offline', look);
    };
  }, []);
  return <div role="status">{isOffline && <p class="offline-bar">{t.site.offline}</p>}</div>;
}
