import type { RefObject } from 'preact';
import { useLayoutEffect, useRef, useState } from 'preact/hooks';
import { useNow } from '../clock.ts';
import { dateTime, money } from '../format.ts';
import { ApiError } from '../http.ts';
import { Problem } from '../parts/Problem.tsx';
import { age } from '../studio/age.ts';
import type { PaneDeeds } from './CampaignPane.tsx';
import { reviewMessage } from './calls.ts';
import { Key } from './Key.tsx';
import type { MessageRow } from './queue.ts';
import { useReviewTexts } from './text.ts';
import { Words } from './words.tsx';

type Props = {
  row: MessageRow;
  heading: RefObject<HTMLHeadingElement | null>;
  deeds: { current: PaneDeeds | null };
  onDecided: (outcome: 'show' | 'hide') => void;
  onGone: () => void;
};

/** A held message with what it came with, and the decision on it. */
export function MessagePane({ row, heading, deeds, onDecided, onGone }: Props) {
  const t = useReviewTexts();
  const now = useNow(30_000);
  const { item } = row;
  return (
    <article class="pane-in">
      <header class="pane-head">
        <p class="quiet small">{t.paidAt(dateTime(item.at), age(item.at, now))}</p>
        <h2 ref={heading} tabIndex={-1} class="figures">
          {t.gift} {money(item.gift)}
        </h2>
      </header>
      <blockquote class="held-words" lang="id">
        <Words text={item.message} />
      </blockquote>
      <dl class="fact-list">
        <div>
          <dt>{t.heldFor}</dt>
          <dd class="signs">
            {item.reasons.map((reason) => (
              <span class="tag tag-warn" key={reason}>
                {t.reasons[reason] ?? reason}
              </span>
            ))}
          </dd>
        </div>
        <div>
          <dt>{t.toCampaign}</dt>
          <dd lang="id">
            <a href={`/c/${item.campaign.slug}`} target="_blank" rel="noopener">
              {item.campaign.title}
            </a>
          </dd>
        </div>
      </dl>
      {row.outcome === null && (
        <Decision key={row.id} row={row} deeds={deeds} onDecided={onDecided} onGone={onGone} />
      )}
    </article>
  );
}

function Decision({ row, deeds, onDecided, onGone }: Omit<Props, 'heading'>) {
  const t = useReviewTexts();
  const [doing, setDoing] = useState<'show' | 'hide' | null>(null);
  const [error, setError] = useState<unknown>(null);
  const yes = useRef<HTMLButtonElement>(null);
  const no = useRef<HTMLButtonElement>(null);
  const decide = async (outcome: 'show' | 'hide') => {
    if (doing) return;
    setDoing(outcome);
    setError(null);
    try {
      await reviewMessage(row.id, { decision: outcome === 'show' ? 'show' : 'reject' });
      onDecided(outcome);
    } catch (reason) {
      setDoing(null);
      if (reason instanceof ApiError && (reason.code === 'conflict' || reason.code === 'not-found')) onGone();
      else setError(reason);
    }
  };
  const isOwnTeam = error instanceof ApiError && error.code === 'forbidden';
  // After the commit: the pane before this one takes its own deeds away while it is unmounted.
  useLayoutEffect(() => {
    deeds.current = { approve: () => yes.current?.focus(), reject: () => no.current?.focus() };
    return () => {
      deeds.current = null;
    };
  });

  return (
    <section class="decision" aria-label={t.decision}>
      {isOwnTeam ? (
        <p class="notice" role="alert">
          {t.ownTeam}
        </p>
      ) : (
        error !== null && <Problem error={error} />
      )}
      <div class="decision-deeds">
        <button
          type="button"
          ref={yes}
          aria-keyshortcuts="a"
          class="button button-call"
          disabled={doing !== null || isOwnTeam}
          onClick={() => void decide('show')}
        >
          {doing === 'show' ? t.showing : t.show} <Key name="A" />
        </button>
        <button
          type="button"
          ref={no}
          aria-keyshortcuts="r"
          class="button"
          disabled={doing !== null || isOwnTeam}
          onClick={() => void decide('hide')}
        >
          {doing === 'hide' ? t.hiding : t.hide} <Key name="R" />
        </button>
      </div>
      <p class="hint">{t.messageHint}</p>
    </section>
  );
}
