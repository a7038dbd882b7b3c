import type { RefObject } from 'preact';
import { useLayoutEffect, useRef, useState } from 'preact/hooks';
import { NOTE_MAX } from '../../../server/protocol/bounds.ts';
import type { CampaignView } from '../../../server/protocol/campaigns.ts';
import { useNow } from '../clock.ts';
import { dateTime } from '../format.ts';
import { ApiError } from '../http.ts';
import { Field } from '../parts/Field.tsx';
import { Problem } from '../parts/Problem.tsx';
import { age } from '../studio/age.ts';
import { Facts } from '../studio/Facts.tsx';
import { reviewCampaign } from './calls.ts';
import { Key } from './Key.tsx';
import type { CampaignRow } from './queue.ts';
import { signsOf } from './signs.ts';
import { useReviewTexts } from './text.ts';

/** A no without a reason helps nobody; the server asks for as much. */
const NOTE_MIN = 10;

/** What the page's shortcuts call while a pane stands. */
export type PaneDeeds = { approve: () => void; reject: () => void };

type Props = {
  row: CampaignRow;
  view: CampaignView;
  heading: RefObject<HTMLHeadingElement | null>;
  deeds: { current: PaneDeeds | null };
  onDecided: (view: CampaignView, outcome: 'approve' | 'reject') => void;
  /** Somebody else has decided meanwhile. */
  onGone: () => void;
};

/** The whole of a campaign that waits, and the decision on it. */
export function CampaignPane({ row, view, heading, deeds, onDecided, onGone }: Props) {
  const t = useReviewTexts();
  const now = useNow(30_000);
  const signs = signsOf(view, now, t);
  const submittedAt = view.team?.submittedAt;
  const isOwnTeam = view.team?.role != null;
  return (
    <article class="pane-in">
      <header class="pane-head">
        {submittedAt && row.outcome === null && (
          <p class="quiet small">
            {t.submitted(dateTime(submittedAt, view.timezone), age(submittedAt, now))}
          </p>
        )}
        <h2 ref={heading} tabIndex={-1} lang="id">
          {view.title}
        </h2>
        {row.outcome === null && signs.length > 0 && (
          <ul class="signs" aria-label={t.look}>
            {signs.map(({ text, isGrave }) => (
              <li key={text} class={`tag ${isGrave ? 'tag-warn' : ''}`}>
                {text}
              </li>
            ))}
          </ul>
        )}
      </header>
      {view.team?.reviewNote && row.outcome === null && (
        <section class="notice pane-before">
          <h3>{t.before}</h3>
          <p class="preline" lang="id">
            {view.team.reviewNote}
          </p>
        </section>
      )}
      <Facts view={view} />
      <p>
        <a class="pane-link" href={`/c/${view.slug}`} target="_blank" rel="noopener">
          {t.asPage}
        </a>
      </p>
      {row.outcome === null &&
        (isOwnTeam ? (
          <p class="notice">{t.ownTeam}</p>
        ) : (
          <Decision
            key={`${row.id} ${row.round}`}
            view={view}
            isOver={Date.parse(view.endsAt) <= now}
            deeds={deeds}
            onDecided={onDecided}
            onGone={onGone}
          />
        ))}
    </article>
  );
}

function Decision({
  view,
  isOver,
  deeds,
  onDecided,
  onGone,
}: Pick<Props, 'view' | 'deeds' | 'onDecided' | 'onGone'> & { isOver: boolean }) {
  const t = useReviewTexts();
  const [note, setNote] = useState('');
  const [isOpen, setIsOpen] = useState(false);
  const [isShort, setIsShort] = useState(false);
  const [doing, setDoing] = useState<'approve' | 'reject' | null>(null);
  const [error, setError] = useState<unknown>(null);
  const field = useRef<HTMLTextAreaElement>(null);
  const yes = useRef<HTMLButtonElement>(null);

  const openNote = () => {
    setIsOpen(true);
    // After the render that shows it.
    requestAnimationFrame(() => field.current?.focus());
  };
  const decide = async (decision: 'approve' | 'reject') => {
    if (doing) return;
    const text = note.trim();
    if (decision === 'reject' && text.length < NOTE_MIN) {
      // The first press opens the field; an error is said to whoever has seen what it asks for.
      setIsShort(isOpen);
      openNote();
      return;
    }
    setDoing(decision);
    setError(null);
    try {
      const next = await reviewCampaign(view.id, { decision, note: text });
      onDecided(next, decision);
    } catch (reason) {
      setDoing(null);
      if (reason instanceof ApiError && reason.errors.some(({ path }) => path === 'note')) {
        setIsShort(true);
        openNote();
      } else if (reason instanceof ApiError && reason.code === 'conflict' && !isOver) onGone();
      else setError(reason);
    }
  };

  // After the commit: the pane before this one takes its own deeds away while it is unmounted.
  useLayoutEffect(() => {
    deeds.current = { approve: () => yes.current?.focus(), reject: openNote };
    return () => {
      deeds.current = null;
    };
  });

  return (
    <section class="decision" aria-label={t.decision}>
      {error !== null && <Problem error={error} />}
      {isOver && <p class="small">{t.tooLate}</p>}
      {isOpen && (
        <Field
          id="review-note"
          label={t.note}
          hint={t.noteHint(NOTE_MIN)}
          error={isShort ? t.noteShort(NOTE_MIN) : null}
        >
          {(describe) => (
            <textarea
              {...describe}
              ref={field}
              class="input decision-note"
              lang="id"
              maxLength={NOTE_MAX}
              value={note}
              onInput={({ currentTarget }) => {
                setNote(currentTarget.value);
                if (currentTarget.value.trim().length >= NOTE_MIN) setIsShort(false);
              }}
              onKeyDown={(event) => {
                if (event.key === 'Enter' && (event.ctrlKey || event.metaKey)) {
                  event.preventDefault();
                  void decide('reject');
                }
              }}
            />
          )}
        </Field>
      )}
      <div class="decision-deeds">
        <button
          type="button"
          ref={yes}
          aria-keyshortcuts="a"
          class="button button-call"
          disabled={doing !== null || isOver}
          onClick={() => void decide('approve')}
        >
          {doing === 'approve' ? t.approving : t.approve} <Key name="A" />
        </button>
        <button
          type="button"
          class="button"
          aria-expanded={isOpen}
          disabled={doing !== null}
          onClick={() => void decide('reject')}
        >
          {doing === 'reject' ? t.rejecting : t.reject} <Key name={isOpen ? 'Ctrl ↵' : 'R'} />
        </button>
      </div>
    </section>
  );
}
