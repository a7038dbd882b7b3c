import { useLayoutEffect, useRef } from 'preact/hooks';
import type { CampaignView } from '../../../server/protocol/campaigns.ts';
import { BackIcon } from '../parts/icons.tsx';
import { useAlertsTexts } from './alerts-text.ts';
import { StatusMark } from './StatusMark.tsx';
import { useStudioTexts } from './text.ts';

/** What the pages of one campaign begin with: the way back, its title and status, and the way between its parts. */
export function Head({
  view,
  title,
  current,
}: {
  view: CampaignView | null;
  title: string;
  current: 'edit' | 'live' | 'alerts' | 'updates' | 'money' | 'overlay';
}) {
  const t = useStudioTexts();
  const alerts = useAlertsTexts();
  const tabs = useRef<HTMLElement>(null);
  // On a phone they are wider than the screen: the one that is open is to be seen.
  useLayoutEffect(() => {
    const tab = tabs.current?.querySelector<HTMLElement>('[aria-current]');
    if (tabs.current && tab) {
      tabs.current.scrollLeft = tab.offsetLeft - (tabs.current.clientWidth - tab.offsetWidth) / 2;
    }
  }, [current, view === null]);
  return (
    <header class="staff-head">
      <a class="staff-back" href="/studio">
        <BackIcon />
        {t.edit.back}
      </a>
      <h1 lang={view ? 'id' : undefined}>{title}</h1>
      {view && (
        <p class="staff-standing">
          <StatusMark status={view.status} /> <span class="quiet">{t.statusNote[view.status]}</span>
        </p>
      )}
      {view && (
        <nav class="staff-tabs" ref={tabs} aria-label={t.edit.tabs}>
          <a href={`/studio/${view.id}`} aria-current={current === 'edit' ? 'page' : undefined}>
            {t.edit.tabEdit}
          </a>
          <a href={`/studio/${view.id}/live`} aria-current={current === 'live' ? 'page' : undefined}>
            {t.edit.tabLive}
          </a>
          <a href={`/studio/${view.id}/alerts`} aria-current={current === 'alerts' ? 'page' : undefined}>
            {alerts.title}
          </a>
          <a href={`/studio/${view.id}/updates`} aria-current={current === 'updates' ? 'page' : undefined}>
            {t.updates.title}
          </a>
          <a href={`/studio/${view.id}/money`} aria-current={current === 'money' ? 'page' : undefined}>
            {t.edit.tabMoney}
          </a>
          <a href={`/studio/${view.id}/overlay`} aria-current={current === 'overlay' ? 'page' : undefined}>
            Overlay
          </a>
        </nav>
      )}
    </header>
  );
}
