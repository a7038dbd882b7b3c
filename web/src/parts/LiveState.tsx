import { useTexts } from '../i18n/language.ts';
import { liveStatus, wasLive } from '../live.ts';
import '../styles/live-state.css';

/** The connection in words, with a small lamp: lit while what is shown is what is. */
export function LiveState() {
  const t = useTexts();
  const status = liveStatus.value;
  const word =
    status === 'live'
      ? t.campaign.live
      : status === 'offline'
        ? t.campaign.offline
        : wasLive.value
          ? t.campaign.reconnecting
          : t.campaign.connecting;
  return (
    <span class={`live-state live-state-${status}`} role="status">
      <span class="live-lamp" aria-hidden="true" />
      {word}
    </span>
  );
}
