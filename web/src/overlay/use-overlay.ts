import { useEffect, useRef, useState } from 'preact/hooks';
import { connect, type FeedStatus } from '../../../client/src/feed.ts';
import { applyCampaign, applyOverlay, type EventOf } from '../../../server/protocol/apply.ts';
import type { WallItem } from '../../../server/protocol/donations.ts';
import {
  type CampaignEvents,
  type CampaignState,
  campaignFeed,
  type FeedPage,
  type OverlayEvents,
  overlayFeed,
} from '../../../server/protocol/feeds.ts';
import type { OverlayPage, OverlaySettings, OverlayState } from '../../../server/protocol/overlays.ts';
import { keepUp, type Told } from '../alerts/keep-up.ts';
import { type Alert, alertQueue, type Gift } from '../alerts/queue.ts';
import { ApiError, request } from '../http.ts';
import { remembered } from '../storage.ts';
import { asksAgain, SHOWN, withEvent } from './largest.ts';
import { type Player, player, waited } from './player.ts';
import type { Piece } from './settings.ts';
import { ring } from './sound.ts';
import { say } from './speech.ts';
import { spoken, useOverlayTexts } from './text.ts';

const RETRY_MS_MIN = 1_000;
const RETRY_MS_MAX = 30_000;
/** What the team said longer ago, while the page was away, is not meant for now. */
const SAID_MS_MAX = 60_000;
/** The voice begins when the bell is out. */
const BELL_MS = 900;
/** The list of the largest gifts is read again at most this often. */
const LIST_EVERY_MS = 2_000;

export type Shown = {
  settings: OverlaySettings | null;
  campaign: CampaignState | null;
  largest: WallItem[];
  alert: Alert | null;
  status: FeedStatus;
  /** The link opens nothing any more. */
  isGone: boolean;
};

const NOTHING: Shown = {
  settings: null,
  campaign: null,
  largest: [],
  alert: null,
  status: 'connecting',
  isGone: false,
};

/** Everything that the overlay of a link shows, and the alerts that it plays, for as long as the page stands. */
export function useOverlay(secret: string, pieces: ReadonlySet<Piece>): Shown {
  const [shown, setShown] = useState(NOTHING);
  const settings = useRef<OverlaySettings | null>(null);
  settings.current = shown.settings;
  useEffect(() => {
    const stop = new AbortController();
    const change = (to: Partial<Shown>) => {
      if (!stop.signal.aborted) setShown((now) => ({ ...now, ...to }));
    };
    void opened(secret, stop.signal).then((overlay) => {
      if (stop.signal.aborted) return;
      if (!overlay) return change({ isGone: true });
      settings.current = overlay.settings;
      change({ settings: overlay.settings });
      const end = follow({
        overlay,
        secret,
        pieces,
        change,
        settings: () => settings.current ?? overlay.settings,
      });
      stop.signal.addEventListener('abort', end, { once: true });
    });
    return () => stop.abort();
  }, [secret, pieces]);
  return shown;
}

/** Null if the link opens nothing. Where there is no line it is asked again: a stream may start before its network. */
async function opened(secret: string, stop: AbortSignal): Promise<OverlayPage | null> {
  for (let wait = RETRY_MS_MIN; !stop.aborted; wait = Math.min(RETRY_MS_MAX, 2 * wait)) {
    try {
      const headers = { 'x-claim-token': secret };
      return (await request<{ overlay: OverlayPage }>('/overlay', { headers })).overlay;
    } catch (error) {
      if (error instanceof ApiError && ['not-found', 'invalid-input'].includes(error.code)) return null;
      await waited(wait * (0.5 + Math.random() / 2), stop);
    }
  }
  return null;
}

function follow({
  overlay,
  secret,
  pieces,
  change,
  settings,
}: {
  overlay: OverlayPage;
  secret: string;
  pieces: ReadonlySet<Piece>;
  change(to: Partial<Shown>): void;
  settings(): OverlaySettings;
}): () => void {
  const connection = connect();
  const alerts = pieces.has('alert') ? tellAlerts({ overlay, secret, change, settings }) : null;
  const list = largestOf(overlay.campaign.id, (largest) => change({ largest }));
  connection.onStatus((status) => change({ status }));
  const gone = () => {
    change({ isGone: true, alert: null });
    end();
  };

  let campaign: CampaignState | null = null;
  connection.watch<CampaignState, CampaignEvents>(campaignFeed(overlay.campaign.id), {
    onState(next, head) {
      campaign = next;
      change({ campaign });
      list.refresh();
      alerts?.news([], head);
    },
    onEvents(events) {
      campaign = campaign && events.reduce(applied, campaign);
      list.hear(events);
      // In one change: the sum is in the same picture as the gift that made it.
      change({ campaign, largest: list.now() });
      alerts?.news(events, events.at(-1)?.seq ?? 0);
    },
  });
  let state: OverlayState = overlay;
  connection.watch<OverlayState, OverlayEvents>(overlayFeed(overlay.id), {
    claimToken: secret,
    onState(next) {
      state = next;
      if (state.revoked) gone();
      else change({ settings: state.settings });
    },
    onEvents(events, { caughtUp }) {
      state = events.reduce(applyOverlay, state);
      if (state.revoked) return gone();
      change({ settings: state.settings });
      for (const event of events) {
        if (!caughtUp || Date.now() - Date.parse(event.at) < SAID_MS_MAX) alerts?.said(event);
      }
    },
    onRefused: gone,
  });

  let isOver = false;
  function end(): void {
    if (isOver) return;
    isOver = true;
    connection.close();
    alerts?.close();
    list.close();
  }
  return end;
}

/**
 * Where it is not known who moves up on the wall, whoever left it is gone all the same; the next state has the others.
 */
function applied(state: CampaignState, event: EventOf<CampaignEvents>): CampaignState {
  const next = applyCampaign(state, event);
  if (next) return next;
  const { id } = event.data as { id: string };
  return {
    ...state,
    ...(event.totals ? { totals: event.totals } : {}),
    wall: state.wall.filter((gift) => gift.id !== id),
  };
}

function tellAlerts({
  overlay,
  secret,
  change,
  settings,
}: {
  overlay: OverlayPage;
  secret: string;
  change(to: Partial<Shown>): void;
  settings(): OverlaySettings;
}) {
  const key = `sk.overlay.${overlay.id}`;
  const headers = { 'x-claim-token': secret };
  const path = `/feeds/${campaignFeed(overlay.campaign.id)}/events`;
  const queue = alertQueue({
    isWorth: ({ amount }) => amount >= settings().alertFrom.amount,
    onGone: (id) => playing.end(id),
  });
  const playing: Player = player({
    next() {
      const alert = queue.next(Date.now());
      // Before it is shown: a page that dies in the middle of an alert has told it.
      if (alert) keeping.remember();
      return alert;
    },
    show: (alert) => change({ alert }),
    async play(alert, stop) {
      const { alertSeconds, sound, speech, speechFrom, voice, message } = settings();
      const amount = alert.kind === 'together' ? alert.amount : alert.gift.amount;
      if (sound) ring();
      const read = async () => {
        if (!speech || amount < speechFrom.amount) return;
        if (sound) await waited(BELL_MS, stop);
        await say(spoken(alert, voice, message), voice, stop);
      };
      await Promise.all([waited(alertSeconds * 1_000, stop), read()]);
    },
  });
  const keeping = keepUp({
    queue,
    read: (from) => request<FeedPage>(from ? `${path}?epoch=${from.epoch}&since=${from.since}` : path),
    told: toldIn(remembered.get(key)),
    onTold: (told) => remembered.set(key, JSON.stringify(told)),
    onTaken: () => playing.wake(),
  });

  const ahead = (gift: Gift, isTest: boolean) => {
    if (queue.ahead(gift, isTest)) playing.wake();
  };
  return {
    news: keeping.news,
    said(event: EventOf<OverlayEvents>) {
      switch (event.type) {
        case 'alert.test': {
          const { testName: name, testMessage: message } = useOverlayTexts();
          ahead(
            { id: `test-${event.seq}`, name, amount: event.data.gift.amount, message, at: event.at },
            true,
          );
          break;
        }
        case 'alert.replayed':
          void request<{ gift: WallItem }>(`/overlay/gifts/${event.data.donationId}`, { headers })
            .then(({ gift: { id, name, gift, message, at } }) =>
              ahead({ id, name, amount: gift.amount, message, at }, false),
            )
            // Hidden meanwhile, or no line: the team sees that it did not come and asks again.
            .catch(() => undefined);
          break;
        case 'alert.skipped':
          if (event.data.what === 'all') {
            queue.clear();
            keeping.remember();
          }
          playing.end();
          break;
      }
    },
    close() {
      keeping.close();
      playing.close();
    },
  };
}

/** What another version of this page wrote there is no promise. */
function toldIn(text: string | null): Told | null {
  if (text === null) return null;
  try {
    const told = JSON.parse(text) as Told;
    const isWhole =
      typeof told.epoch === 'string' &&
      Number.isInteger(told.seq) &&
      Number.isInteger(told.totals.raised.amount) &&
      Number.isInteger(told.totals.donorCount);
    return isWhole ? told : null;
  } catch {
    return null;
  }
}

/** The largest gifts, kept by events as far as those say enough, and read again where they do not. */
function largestOf(campaignId: string, onList: (list: WallItem[]) => void) {
  let list: WallItem[] = [];
  let timer: ReturnType<typeof setTimeout> | undefined;
  let isWanted = false;
  let isClosed = false;
  function refresh(): void {
    isWanted = true;
    if (timer !== undefined || isClosed) return;
    isWanted = false;
    timer = setTimeout(() => {
      timer = undefined;
      if (isWanted) refresh();
    }, LIST_EVERY_MS);
    request<{ items: WallItem[] }>(`/campaigns/${campaignId}/donations/largest?limit=${SHOWN}`).then(
      ({ items }) => {
        list = items;
        onList(list);
      },
      refresh,
    );
  }
  return {
    refresh,
    now: () => list,
    hear(events: EventOf<CampaignEvents>[]): void {
      for (const event of events) {
        if (asksAgain(list, event)) refresh();
        list = withEvent(list, event);
      }
    },
    close() {
      isClosed = true;
      clearTimeout(timer);
    },
  };
}
