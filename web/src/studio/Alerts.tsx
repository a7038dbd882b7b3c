import { useEffect, useMemo, useState } from 'preact/hooks';
import type { CampaignView } from '../../../server/protocol/campaigns.ts';
import { call } from '../api.ts';
import { useNow } from '../clock.ts';
import { ago, dateTime, money, number, rupiah } from '../format.ts';
import { ApiError } from '../http.ts';
import { useTexts } from '../i18n/language.ts';
import { useSaid } from '../live-campaign.ts';
import { newKey } from '../new-key.ts';
import { CountUp } from '../parts/CountUp.tsx';
import { Layout } from '../parts/Layout.tsx';
import { LiveState } from '../parts/LiveState.tsx';
import { shareOf } from '../progress.ts';
import { LAMPS_MAX, Scene } from '../scene/Scene.tsx';
import { remembered } from '../storage.ts';
import { type AlertStream, type Entry, type OnStage, useAlertStream } from './alert-stream.ts';
import { type AlertsTexts, useAlertsTexts } from './alerts-text.ts';
import { useCampaign } from './campaign.ts';
import { type Chime, chime } from './chime.ts';
import { Gate } from './Gate.tsx';
import { Head } from './Head.tsx';
import { NotHere, NotYet } from './NotYet.tsx';
import './studio.css';
import './alerts.css';

const SOUND_KEY = 'sk.alertSound';
const TEST_AMOUNT = 50_000;

export default function Alerts({ id }: { id: string }) {
  return <Gate to="studio">{(me) => <Loading key={`${me.id} ${id}`} id={id} />}</Gate>;
}

function Loading({ id }: { id: string }) {
  const t = useAlertsTexts();
  const loaded = useCampaign(id, null);
  const { view } = loaded;
  if (!view) return <NotYet loaded={loaded} title={t.title} />;
  if (!view.team?.role) return <NotHere title={view.title} text={t.refused} />;
  return <Stream view={view} />;
}

function Stream({ view: loaded }: { view: CampaignView }) {
  const t = useAlertsTexts();
  const [isPaused, setIsPaused] = useState(false);
  const stream = useAlertStream(loaded, isPaused);
  const sound = useSound();
  const totals = stream.totals ?? { raised: loaded.raised, donorCount: loaded.donorCount };
  const view = { ...loaded, ...totals };
  const { stage } = stream;
  useEffect(() => {
    if (stage && sound.isOn) sound.bell.play(stage.kind === 'milestone' ? 'milestone' : 'gift');
  }, [stage]);
  const said = useSaid(
    useMemo(() => {
      if (!stage) return null;
      const { what } = wordsOf(stage, t);
      if (stage.kind === 'ahead') return `${t.test}: ${what}.`;
      return stage.kind === 'milestone' ? what : t.said(what, money(totals.raised));
    }, [stage, t]),
  );
  return (
    <Layout title={`${t.title}: ${view.title}`}>
      <div class="wrap staff">
        <Head view={view} title={view.title} current="alerts" />
        <p class="unseen" aria-live="polite">
          {said}
        </p>
        {stream.refused ? (
          <p class="notice notice-alarm" role="alert">
            {t.refused}
          </p>
        ) : (
          <>
            <Stage view={view} stream={stream} isPaused={isPaused} />
            <Controls
              view={view}
              stream={stream}
              sound={sound}
              isPaused={isPaused}
              togglePause={() => setIsPaused((now) => !now)}
            />
            <List view={view} entries={stream.entries} isKnown={stream.totals !== null} />
          </>
        )}
      </div>
    </Layout>
  );
}

/** What an alert says, for the eye and for those who are told. */
function wordsOf(stage: OnStage, t: AlertsTexts): { what: string; more: string | null } {
  const nameOf = (gift: { name: string | null }) => gift.name ?? t.anonymous;
  switch (stage.kind) {
    case 'milestone':
      return {
        what: t.reached(`${stage.percent}%`),
        more: t.reachedSum(money(stage.totals.raised)),
      };
    case 'together':
      return {
        what: t.together(number(stage.count), rupiah(stage.amount)),
        more: stage.largest && t.largest(nameOf(stage.largest), rupiah(stage.largest.amount)),
      };
    default:
      return { what: t.gave(nameOf(stage.gift), rupiah(stage.gift.amount)), more: stage.gift.message };
  }
}

/** One alert at a time, large enough for across a room. Its room is the same whatever it says. */
function Stage({ view, stream, isPaused }: { view: CampaignView; stream: AlertStream; isPaused: boolean }) {
  const t = useAlertsTexts();
  const { stage } = stream;
  const words = stage && wordsOf(stage, t);
  const entry = stage?.kind === 'gift' ? stream.entries.find(({ id }) => id === stage.gift.id) : undefined;
  // What a moderator says meanwhile reaches the stage too.
  const more = entry?.messageHeld ? t.held : (entry?.message ?? words?.more);
  const isTest = stage?.kind === 'ahead' && stage.isTest;
  const lamps = stream.entries.slice(0, LAMPS_MAX).map(({ id, gift }) => ({ id, amount: gift.amount }));
  return (
    <section class="stage" aria-label={t.stage}>
      <Scene progress={shareOf(view)} lamps={lamps} />
      <div class="stage-in">
        {words ? (
          <div class="stage-alert" key={words.what}>
            {isTest && <span class="stage-test">{t.test}</span>}
            <p class="stage-what">{words.what}</p>
            {more && <p class="stage-more">{more}</p>}
          </div>
        ) : (
          <div class="stage-idle">
            <p class="stage-what">{isPaused ? t.pausedStage : t.idle}</p>
            {!isPaused && <p class="stage-more">{t.idleHint}</p>}
          </div>
        )}
      </div>
      <p class="stage-sum figures">
        <strong>
          <CountUp amount={view.raised.amount} />
        </strong>{' '}
        / {money(view.goal)}
      </p>
    </section>
  );
}

type Sound = { isOn: boolean; isAwake: boolean; bell: Chime; toggle(): void };

/** Whether alerts sound is remembered; that a person has touched the page is not, and a browser asks for it each time. */
function useSound(): Sound {
  const [bell] = useState(chime);
  const [isOn, setIsOn] = useState(() => remembered.get(SOUND_KEY) === 'on');
  const [isAwake, setIsAwake] = useState(false);
  const wake = () => void bell.wake().then(() => setIsAwake(bell.isAwake()));
  // The switch itself wakes by its own click: woken by the touch before it, the click would turn it off.
  const touched = ({ target }: Event) => {
    if (!(target instanceof Element && target.closest('[aria-pressed]'))) wake();
  };
  useEffect(() => {
    if (!isOn || isAwake) return;
    const stop = new AbortController();
    for (const deed of ['pointerup', 'keydown'])
      document.addEventListener(deed, touched, { signal: stop.signal, capture: true });
    return () => stop.abort();
  }, [isOn, isAwake]);
  useEffect(() => () => bell.close(), []);
  return {
    isOn,
    isAwake,
    bell,
    toggle() {
      const isOff = isOn && isAwake;
      setIsOn(!isOff);
      remembered.set(SOUND_KEY, isOff ? null : 'on');
      if (!isOff) wake();
    },
  };
}

function Controls({
  view,
  stream,
  sound,
  isPaused,
  togglePause,
}: {
  view: CampaignView;
  stream: AlertStream;
  sound: Sound;
  isPaused: boolean;
  togglePause(): void;
}) {
  const t = useAlertsTexts();
  const [note, setNote] = useState('');
  const test = async () => {
    const gift = {
      id: newKey(),
      name: t.testName,
      amount: TEST_AMOUNT,
      message: t.testMessage,
      at: new Date().toISOString(),
    };
    if (!stream.test(gift)) {
      setNote(t.testFull);
      return;
    }
    try {
      await call(`/campaigns/${view.id}/overlay/test`, {
        method: 'POST',
        body: { gift: { amount: TEST_AMOUNT, currency: 'IDR' } },
        headers: { 'idempotency-key': gift.id },
      });
      setNote(t.testBoth);
    } catch (reason) {
      setNote(reason instanceof ApiError && reason.code === 'not-found' ? t.testHere : t.testFailed);
    }
  };
  const soundNote = !sound.isOn ? t.soundOff : sound.isAwake ? t.soundOn : t.soundAsleep;
  return (
    <div class="stage-controls">
      <div class="stage-buttons">
        <button type="button" class="button" aria-pressed={sound.isOn} onClick={sound.toggle}>
          {t.sound}
        </button>
        <button type="button" class="button" onClick={togglePause}>
          {isPaused ? t.resume : t.pause}
        </button>
        <button type="button" class="button" disabled={!stream.stage} onClick={stream.skip}>
          {t.skip}
        </button>
        <button type="button" class="button" onClick={() => void test()}>
          {t.testDo}
        </button>
        <LiveState />
      </div>
      {/* Both lines keep their room: what they say must not move the list. */}
      <p class="stage-note small quiet" role="status">
        {soundNote}
      </p>
      <p class="stage-note small quiet" role="status">
        {stream.waiting > 0 ? t.waiting(number(stream.waiting)) : note}
      </p>
    </div>
  );
}

function List({ view, entries, isKnown }: { view: CampaignView; entries: Entry[]; isKnown: boolean }) {
  const t = useAlertsTexts();
  return (
    <section aria-labelledby="latest">
      <h2 id="latest" class="stream-title">
        {t.list}
      </h2>
      {entries.length > 0 ? (
        <ul class="stream">
          {entries.map((entry) => (
            <Row key={entry.id} entry={entry} timezone={view.timezone} />
          ))}
        </ul>
      ) : (
        <p class="quiet">{isKnown ? t.empty : ''}</p>
      )}
      <p>
        <a href={`/studio/${view.id}/live`}>{t.earlier}</a>
      </p>
    </section>
  );
}

function Row({ entry, timezone }: { entry: Entry; timezone: string }) {
  const site = useTexts();
  const t = useAlertsTexts();
  const now = useNow(15_000);
  return (
    <li class={`stream-row ${entry.came ? `stream-${entry.came}` : ''}`}>
      <p class="stream-who">
        {entry.name === null ? <span>{t.anonymous}</span> : <span lang="id">{entry.name}</span>}{' '}
        <strong class="figures">{money(entry.gift)}</strong>
      </p>
      {entry.message && (
        <p class="stream-words" lang="id">
          {entry.message}
        </p>
      )}
      <p class="stream-marks small quiet">
        <time dateTime={entry.at} title={dateTime(entry.at, timezone)}>
          {ago(entry.at, now) ?? site.campaign.justNow}
        </time>
        {entry.came === 'away' && <span class="tag">{t.away}</span>}
        {entry.messageHeld && <span class="tag tag-warn">{t.held}</span>}
        {entry.isShownLate && entry.message && <span class="tag">{t.shownLate}</span>}
      </p>
    </li>
  );
}
