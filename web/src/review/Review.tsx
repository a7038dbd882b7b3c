import { useEffect, useRef, useState } from 'preact/hooks';
import { useLocation } from 'preact-iso/router';
import { CATEGORIES } from '../../../server/protocol/campaigns.ts';
import { query } from '../api.ts';
import { useNow } from '../clock.ts';
import { money, number } from '../format.ts';
import { useTexts } from '../i18n/language.ts';
import { BackIcon } from '../parts/icons.tsx';
import { Layout } from '../parts/Layout.tsx';
import { LiveState } from '../parts/LiveState.tsx';
import { Problem } from '../parts/Problem.tsx';
import { Scene } from '../scene/Scene.tsx';
import { age } from '../studio/age.ts';
import { Gate } from '../studio/Gate.tsx';
import { CampaignPane, type PaneDeeds } from './CampaignPane.tsx';
import { hasKeys, switchKeys, useKeys } from './keys.ts';
import { MessagePane } from './MessagePane.tsx';
import { type CampaignRow, type MessageRow, type Outcome, type Row, useQueues } from './queue.ts';
import { useReviewTexts } from './text.ts';
import { useViews } from './views.ts';
import '../studio/staff.css';
import './review.css';

const QUEUES = ['campaigns', 'messages'] as const;
type Queue = (typeof QUEUES)[number];
const REASONS = ['link', 'number', 'handle'] as const;
/** From here on list and pane stand side by side. */
const wide = matchMedia('(min-width: 60rem)');

export default function Review() {
  return <Gate to="review">{(me) => <Desk key={me.id} />}</Gate>;
}

function Desk() {
  const site = useTexts();
  const t = useReviewTexts();
  const { query: asked, route } = useLocation();
  const queues = useQueues();
  const queue: Queue = asked.queue === 'messages' ? 'messages' : 'campaigns';
  const q = (asked.q ?? '').trim().toLowerCase();
  const category = CATEGORIES.find((one) => one === asked.category) ?? null;
  const reason = REASONS.find((one) => one === asked.reason) ?? null;
  const askedId = asked.id ?? null;

  const campaigns = (queues.campaigns ?? []).filter(
    ({ item }) => (!category || item.category === category) && has(q, item.title, item.beneficiary),
  );
  const messages = (queues.messages ?? []).filter(
    ({ item }) => (!reason || item.reasons.includes(reason)) && has(q, item.message, item.campaign.title),
  );
  const rows: Row<unknown>[] = queue === 'campaigns' ? campaigns : messages;
  const isKnown = queues[queue] !== null;

  // Beside the list something is always open; which one it is changes at the reader's wish alone.
  const [pinned, setPinned] = useState<string | null>(null);
  const firstOpen = rows.find(({ outcome }) => outcome === null)?.id ?? null;
  const pinnedStands = rows.some(({ id }) => id === pinned);
  useEffect(() => {
    if (!pinnedStands) setPinned(firstOpen);
  }, [pinnedStands, firstOpen]);
  const chosenId = askedId ?? (pinnedStands ? pinned : null);
  const chosen = rows.find(({ id }) => id === chosenId) ?? null;
  const campaignRow = queue === 'campaigns' ? campaigns.find(({ id }) => id === chosenId) : undefined;
  const messageRow = queue === 'messages' ? messages.find(({ id }) => id === chosenId) : undefined;
  const views = useViews(queues.campaigns, queue === 'campaigns' ? chosenId : null);

  const isRead = chosen?.isNew === true && (askedId !== null || wide.matches);
  useEffect(() => {
    if (isRead && chosenId) queues.seen(chosenId);
  }, [isRead, chosenId, queues.seen]);

  const [said, setSaid] = useState('');
  // What was said of the last decision goes when the reader turns to something else, or it comes back.
  const round = chosen?.round ?? 0;
  const [turned, setTurned] = useState(0);
  useEffect(() => setSaid(''), [queue, round, turned]);
  const { arrived } = queues;
  const [heard, setHeard] = useState('');
  useEffect(() => {
    if (arrived) setHeard(arrived.campaign === null ? t.arrivedMessage : t.arrived(arrived.campaign));
  }, [arrived, t]);

  const list = useRef<HTMLOListElement>(null);
  const pane = useRef<HTMLElement>(null);
  const heading = useRef<HTMLHeadingElement>(null);
  const deeds = useRef<PaneDeeds | null>(null);

  const address = (changes: Record<string, string | null>) =>
    `/review${query({
      queue: queue === 'messages' ? queue : null,
      q: asked.q ?? null,
      category,
      reason,
      ...changes,
    })}`;
  const open = (id: string | null, replace = true) => {
    route(address({ id }), replace);
    const top = pane.current?.getBoundingClientRect().top ?? 0;
    if (top < 0) scrollBy({ top });
  };
  const focusRow = (id: string) =>
    requestAnimationFrame(() => {
      const link = list.current?.querySelector<HTMLElement>(`[data-row="${id}"]`);
      link?.focus({ preventScroll: true });
      link?.scrollIntoView({ block: 'nearest' });
    });
  const turn = () => {
    setTurned((n) => n + 1);
    focusPane();
  };
  const focusPane = () =>
    requestAnimationFrame(() => heading.current?.focus({ preventScroll: wide.matches }));
  const move = (step: 1 | -1) => {
    setTurned((n) => n + 1);
    const at = rows.findIndex(({ id }) => id === chosenId);
    const next = rows[at < 0 ? 0 : Math.min(rows.length - 1, Math.max(0, at + step))];
    if (!next) return;
    if (wide.matches || askedId) open(next.id);
    if (wide.matches || !askedId) focusRow(next.id);
    else focusPane();
  };
  /** On to who has waited longest behind the one just decided, or before it. */
  const goOn = () => {
    const at = rows.findIndex(({ id }) => id === chosenId);
    const isOpen = ({ id, outcome }: Row<unknown>) => outcome === null && id !== chosenId;
    const next = rows.slice(at + 1).find(isOpen) ?? rows.find(isOpen);
    if (!next) {
      if (wide.matches) focusPane();
      else open(null);
      return;
    }
    open(next.id);
    if (wide.matches) focusRow(next.id);
    else focusPane();
  };
  const decided = (id: string, outcome: Outcome, words: string) => {
    queues.decided(id, outcome);
    setSaid(words);
    goOn();
  };
  const back = () => {
    if (wide.matches) {
      if (chosenId) focusRow(chosenId);
    } else if (askedId) {
      open(null);
      focusRow(askedId);
    }
  };
  useKeys({
    j: () => move(1),
    k: () => move(-1),
    a: () => deeds.current?.approve(),
    r: () => deeds.current?.reject(),
    Escape: back,
  });

  const waiting = rows.filter(({ outcome }) => outcome === null).length;
  const done = (queues[queue] ?? []).filter(({ outcome }) => outcome !== null).length;
  const fresh = rows.filter(({ isNew }) => isNew).length;
  const countOf = (one: Queue): number | null =>
    queues[one]?.filter(({ outcome }) => outcome === null).length ?? null;
  const isEmpty = queues[queue]?.length === 0;
  const place = rows.findIndex(({ id }) => id === chosenId) + 1;

  return (
    <Layout title={t.title}>
      <div class="wrap staff review">
        <header class="review-head">
          <h1>{t.title}</h1>
          <LiveState />
        </header>
        <nav class="staff-tabs" aria-label={t.queues}>
          {QUEUES.map((one) => (
            <a
              key={one}
              href={`/review${query({ queue: one === 'messages' ? one : null })}`}
              aria-current={one === queue ? 'page' : undefined}
            >
              {one === 'campaigns' ? t.campaigns : t.messages}
              {countOf(one) !== null && (
                <span class="tab-count figures">
                  {number(countOf(one) ?? 0)}
                  {queues.isFull[one] && '+'}
                </span>
              )}
            </a>
          ))}
        </nav>
        <p class="unseen" aria-live="polite">
          {heard}
        </p>
        {queues.refused ? (
          <p class="notice notice-alarm review-refused" role="alert">
            {t.refused}
          </p>
        ) : isEmpty ? (
          <section class="review-empty">
            <div class="review-empty-scene">
              <Scene progress={0.92} variant="strip" />
            </div>
            <h2>{queue === 'campaigns' ? t.emptyCampaigns : t.emptyMessages}</h2>
            <p class="quiet">{t.emptyNext}</p>
          </section>
        ) : (
          <div class={`desk ${askedId ? 'desk-reads' : ''}`}>
            <section class="queue" aria-label={t.list}>
              <Filters
                key={queue}
                queue={queue}
                q={asked.q ?? ''}
                category={category}
                reason={reason}
                onFilter={(changes) => route(address({ id: askedId, ...changes }), true)}
              />
              <p class="queue-state small">
                <span class="quiet">
                  {!isKnown ? site.site.loading : rows.length > 0 && t.waiting(waiting, queues.isFull[queue])}
                </span>
                {fresh > 0 && <span class="mark-new">{t.fresh(fresh)}</span>}
                {done > 0 && (
                  <button type="button" class="button-text queue-tidy" onClick={queues.tidy}>
                    {t.tidy(done)}
                  </button>
                )}
              </p>
              {!isKnown && (
                <div aria-hidden="true">
                  <div class="bones staff-bone" />
                  <div class="bones staff-bone" />
                </div>
              )}
              {isKnown && rows.length === 0 && (
                <div class="queue-empty">
                  <p>
                    <strong>{t.nothingFound}</strong>
                  </p>
                  <p>
                    <a href={address({ q: null, category: null, reason: null })}>{t.showAll}</a>
                  </p>
                </div>
              )}
              <ol
                class="queue-list"
                ref={list}
                onKeyDown={(event) => {
                  if (event.key !== 'ArrowDown' && event.key !== 'ArrowUp') return;
                  event.preventDefault();
                  move(event.key === 'ArrowDown' ? 1 : -1);
                }}
              >
                {queue === 'campaigns'
                  ? campaigns.map((row) => (
                      <QueueRow
                        key={row.id}
                        row={row}
                        isChosen={row.id === chosenId}
                        href={address({ id: row.id })}
                        onOpen={turn}
                        since={views.get(row)?.team?.submittedAt ?? null}
                        amount={money(row.item.goal)}
                        title={row.item.title}
                        note={`${site.category[row.item.category]} · ${row.item.beneficiary}`}
                      />
                    ))
                  : messages.map((row) => (
                      <QueueRow
                        key={row.id}
                        row={row}
                        isChosen={row.id === chosenId}
                        href={address({ id: row.id })}
                        onOpen={turn}
                        since={row.item.at}
                        amount={money(row.item.gift)}
                        title={row.item.message}
                        note={row.item.campaign.title}
                      />
                    ))}
              </ol>
            </section>
            <section class="pane" ref={pane}>
              <div class="pane-bar">
                <a class="staff-back pane-back" href={address({ id: null })}>
                  <BackIcon />
                  {t.toList}
                </a>
                <p class="pane-said small" role="status">
                  {said}
                </p>
                {chosen && <p class="quiet small figures">{t.position(place, rows.length)}</p>}
              </div>
              {chosen && chosen.outcome !== null && <Done row={chosen} hasNext={waiting > 0} onNext={goOn} />}
              {campaignRow && (
                <Reading row={campaignRow} views={views}>
                  {(view) => (
                    <CampaignPane
                      row={campaignRow}
                      view={view}
                      heading={heading}
                      deeds={deeds}
                      onDecided={(next, outcome) => {
                        views.put(campaignRow, next);
                        decided(
                          campaignRow.id,
                          outcome,
                          outcome === 'approve' ? t.approved(next.title) : t.rejected(next.title),
                        );
                      }}
                      onGone={() => decided(campaignRow.id, 'gone', t.decidedByOther)}
                    />
                  )}
                </Reading>
              )}
              {messageRow && (
                <MessagePane
                  row={messageRow}
                  heading={heading}
                  deeds={deeds}
                  onDecided={(outcome) =>
                    decided(messageRow.id, outcome, outcome === 'show' ? t.messageShown : t.messageHidden)
                  }
                  onGone={() => decided(messageRow.id, 'gone', t.decidedByOther)}
                />
              )}
              {!chosen && isKnown && <p class="pane-none quiet">{askedId ? t.gone : t.choose}</p>}
            </section>
          </div>
        )}
        {!isEmpty && <Keys queue={queue} />}
      </div>
    </Layout>
  );
}

function Reading({
  row,
  views,
  children,
}: {
  row: CampaignRow;
  views: ReturnType<typeof useViews>;
  children: (view: NonNullable<ReturnType<ReturnType<typeof useViews>['get']>>) => preact.ComponentChild;
}) {
  const site = useTexts();
  const view = views.get(row);
  const error = views.errorOf(row);
  if (view) return <>{children(view)}</>;
  if (error) return <Problem error={error} retry={() => views.retry(row)} />;
  return (
    <div role="status">
      <span class="unseen">{site.site.loading}</span>
      <div class="bones staff-bone-title" />
      <div class="bones staff-bone" />
      <div class="bones staff-bone" />
    </div>
  );
}

function QueueRow({
  row,
  isChosen,
  href,
  onOpen,
  since,
  amount,
  title,
  note,
}: {
  row: CampaignRow | MessageRow;
  isChosen: boolean;
  href: string;
  onOpen: () => void;
  since: string | null;
  amount: string;
  title: string;
  note: string;
}) {
  const t = useReviewTexts();
  const now = useNow(30_000);
  return (
    <li>
      <a
        class={`queue-row ${row.outcome ? 'queue-row-done' : ''}`}
        data-row={row.id}
        href={href}
        aria-current={isChosen ? 'true' : undefined}
        onClick={onOpen}
      >
        <span class="queue-row-first">
          <span class="queue-age">
            <span class="unseen">{since ? t.waited(age(since, now)) : ''}</span>
            <span aria-hidden="true">{since ? age(since, now) : '…'}</span>
          </span>
          <strong class="figures">{amount}</strong>
          {row.isNew && <span class="mark-new">{t.isNew}</span>}
          {row.outcome && (
            <span class={`tag ${row.outcome === 'approve' || row.outcome === 'show' ? 'tag-good' : ''}`}>
              {row.outcome === 'gone' ? t.gone : t.states[row.outcome]}
            </span>
          )}
        </span>
        <span class="queue-row-title" lang="id">
          {title}
        </span>
        <span class="queue-row-note quiet small" lang="id">
          {note}
        </span>
      </a>
    </li>
  );
}

function Done({ row, hasNext, onNext }: { row: Row<unknown>; hasNext: boolean; onNext: () => void }) {
  const t = useReviewTexts();
  const { outcome, isOurs } = row;
  if (outcome === null) return null;
  return (
    <p class={`notice pane-done ${outcome === 'approve' || outcome === 'show' ? 'notice-good' : ''}`}>
      <span>
        {outcome === 'gone' ? t.gone : t.done[outcome]}
        {!isOurs && outcome !== 'gone' && ` (${t.byOther})`}
      </span>
      {hasNext && (
        <button type="button" class="button-text" onClick={onNext}>
          {t.next}
        </button>
      )}
    </p>
  );
}

/** Typing in the search changes the address this long after the last key. */
const SEARCH_MS = 250;

function Filters({
  queue,
  q,
  category,
  reason,
  onFilter,
}: {
  queue: Queue;
  q: string;
  category: string | null;
  reason: string | null;
  onFilter: (changes: Record<string, string | null>) => void;
}) {
  const site = useTexts();
  const t = useReviewTexts();
  const [text, setText] = useState(q);
  const latest = useRef(onFilter);
  latest.current = onFilter;
  const told = useRef(q);
  useEffect(() => {
    if (text.trim() === told.current) return;
    const timer = setTimeout(() => {
      told.current = text.trim();
      latest.current({ q: text.trim() || null });
    }, SEARCH_MS);
    return () => clearTimeout(timer);
  }, [text]);
  // The address was changed from elsewhere, e.g. by taking the filters away.
  useEffect(() => {
    if (q === told.current) return;
    told.current = q;
    setText(q);
  }, [q]);
  return (
    <search class="queue-filters">
      <input
        class="input"
        type="search"
        placeholder={t.search}
        aria-label={t.search}
        value={text}
        onInput={({ currentTarget }) => setText(currentTarget.value)}
      />
      {queue === 'campaigns' ? (
        <select
          class="input"
          aria-label={t.category}
          value={category ?? ''}
          onChange={({ currentTarget: { value } }) => onFilter({ category: value || null })}
        >
          <option value="">{t.allCategories}</option>
          {CATEGORIES.map((one) => (
            <option value={one} key={one}>
              {site.category[one]}
            </option>
          ))}
        </select>
      ) : (
        <select
          class="input"
          aria-label={t.reason}
          value={reason ?? ''}
          onChange={({ currentTarget: { value } }) => onFilter({ reason: value || null })}
        >
          <option value="">{t.allReasons}</option>
          {REASONS.map((one) => (
            <option value={one} key={one}>
              {t.reasons[one]}
            </option>
          ))}
        </select>
      )}
    </search>
  );
}

/** What the keys do, always in sight where there is likely a keyboard, and the switch that turns them off. */
function Keys({ queue }: { queue: Queue }) {
  const t = useReviewTexts();
  const isCampaigns = queue === 'campaigns';
  const hints: [string, string][] = [
    ['J K', t.keyMove],
    ['↵', t.keyRead],
    ['A', isCampaigns ? t.keyApprove : t.keyShow],
    ['R', isCampaigns ? t.keyReject : t.keyHide],
    ['Esc', t.keyBack],
  ];
  return (
    <div class="keys small">
      <button type="button" class="button-text keys-switch" aria-pressed={hasKeys.value} onClick={switchKeys}>
        {t.keys}: {hasKeys.value ? t.keysOn : t.keysOff}
      </button>
      {hasKeys.value && (
        <ul>
          {hints.map(([name, what]) => (
            <li key={name}>
              {name.split(' ').map((one) => (
                <kbd class="key" key={one}>
                  {one}
                </kbd>
              ))}{' '}
              {what}
            </li>
          ))}
        </ul>
      )}
    </div>
  );
}

const has = (q: string, ...texts: string[]): boolean =>
  q === '' || texts.some((text) => text.toLowerCase().includes(q));
