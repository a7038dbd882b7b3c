/**
 * What a blogger pastes: puts the frame of one campaign where its script element stands. It touches nothing else of the
 * page, keeps nothing and leaves no name behind; a page may have it as often as it likes.
 */
(() => {
  const script = document.currentScript;
  if (!(script instanceof HTMLScriptElement)) return;
  const { campaign, lang, theme } = script.dataset;
  // In a head nothing can be shown; who pastes it there sees nothing, and nothing is broken.
  if (!campaign || !script.parentElement || script.closest('head')) return;

  const HEIGHT_PX = 440;
  const HEIGHT_PX_MAX = 900;
  const { origin } = new URL(script.src);
  const address = new URL(`/embed/${encodeURIComponent(campaign)}`, origin);
  if (lang) address.searchParams.set('lang', lang);
  if (theme) address.searchParams.set('theme', theme);

  const frame = document.createElement('iframe');
  frame.title = lang === 'en' ? 'A campaign on Sangkuriang' : 'Kampanye di Sangkuriang';
  frame.loading = 'lazy';
  frame.referrerPolicy = 'no-referrer';
  // It may run and open tabs; it may not move the page, post forms, or ask for anything else.
  frame.setAttribute(
    'sandbox',
    'allow-scripts allow-same-origin allow-popups allow-popups-to-escape-sandbox',
  );
  frame.src = address.href;
  // Properties and no attribute: a page that allows no inline styles allows these.
  Object.assign(frame.style, {
    display: 'block',
    width: '100%',
    maxWidth: '720px',
    height: `${HEIGHT_PX}px`,
    border: '0',
    // A frame of another scheme than its page has an opaque ground behind its corners.
    colorScheme: 'light',
  });

  addEventListener('message', ({ origin: from, source, data }: MessageEvent<unknown>) => {
    if (from !== origin || source !== frame.contentWindow) return;
    const { sangkuriang, height, title } = Object(data) as Record<string, unknown>;
    if (sangkuriang !== 'size') return;
    if (typeof height === 'number' && height > 0)
      frame.style.height = `${Math.min(HEIGHT_PX_MAX, Math.ceil(height))}px`;
    if (typeof title === 'string') frame.title = title;
  });
  script.replaceWith(frame);
})();
