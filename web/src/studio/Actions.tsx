import type { CampaignView } from '../../../server/protocol/campaigns.ts';
import { dateTime, money, number, percent } from '../format.ts';
import { ApiError } from '../http.ts';
import { useTexts } from '../i18n/language.ts';
import { CheckIcon } from '../parts/icons.tsx';
import { Problem } from '../parts/Problem.tsx';
import { shareOf } from '../progress.ts';
import { pauseCampaign, resumeCampaign } from './calls.ts';
import { useStudioTexts } from './text.ts';

/** What of a campaign is under way, for all buttons that act on it. */
export type Doing = 'save' | 'submit' | 'pause' | 'resume';

type Props = {
  view: CampaignView | null;
  isReadOnly: boolean;
  isDirty: boolean;
  /** Fields that have to be mended. */
  faults: number;
  /** Time of the last save on this page, in words. */
  savedAt: string | null;
  said: string;
  doing: Doing | null;
  error: { doing: Doing; reason: unknown } | null;
  onSave: () => void;
  onSubmit: () => void;
  onFirstFault: () => void;
  act: (what: 'pause' | 'resume', work: () => Promise<CampaignView>) => void;
};

/** Where the campaign stands and what can be done next. On phones the deeds stand at the foot of the screen. */
export function Actions(props: Props) {
  const { view, isReadOnly, isDirty, faults, savedAt, said, doing, error } = props;
  const { edit: t } = useStudioTexts();
  const status = view?.status ?? null;
  const isOwner = view?.team?.role === 'owner';
  const isUnpublished = status === null || status === 'draft' || status === 'rejected';
  const busy = doing !== null;

  return (
    <aside class="studio-aside" aria-label={t.standing}>
      {view && !isUnpublished && status !== 'in_review' && <Raised view={view} />}
      {view && status === 'in_review' && view.team?.submittedAt && (
        <p class="quiet">{t.waitingSince(dateTime(view.team.submittedAt, view.timezone))}</p>
      )}
      {isUnpublished && !isReadOnly && (
        <section class="checklist">
          <h2>{t.checklist}</h2>
          <ul>
            <Check label={t.hasStory} isDone={view !== null && !isDirty} />
            <Check label={t.hasPicture} isDone={Boolean(view?.picture)} isAdvice />
            <Check label={t.hasPermit} isDone={Boolean(view?.permitNumber)} isAdvice />
          </ul>
        </section>
      )}
      {error && <Sentence {...error} isNew={view === null} />}
      {faults > 0 && (
        <p class="notice notice-alarm studio-faults" role="alert">
          <span>{t.checkFields(faults)}</span>
          <button type="button" class="button-text" onClick={props.onFirstFault}>
            {t.goToFirst}
          </button>
        </p>
      )}
      {!isReadOnly && (
        <div class="staff-foot">
          <p class="staff-foot-state small">
            {isDirty ? (
              <span class="staff-dirty">{t.unsaved}</span>
            ) : said ? (
              <span class="staff-good">{said}</span>
            ) : (
              view && <span class="quiet">{savedAt ? t.savedAt(savedAt) : t.clean}</span>
            )}
          </p>
          <div class="staff-foot-deeds">
            <button
              type="button"
              class={`button ${view && !isDirty ? '' : 'button-call'}`}
              disabled={busy || (!isDirty && view !== null)}
              onClick={props.onSave}
            >
              {doing === 'save' ? t.saving : isUnpublished ? t.saveDraft : t.save}
            </button>
            {isUnpublished && (
              <button
                type="button"
                class={`button ${view && !isDirty ? 'button-call' : ''}`}
                disabled={busy}
                onClick={props.onSubmit}
              >
                {doing === 'submit'
                  ? t.submitting
                  : isDirty || !view
                    ? t.saveAndSubmit
                    : status === 'rejected'
                      ? t.submitAgain
                      : t.submit}
              </button>
            )}
          </div>
          {isUnpublished && <p class="hint staff-foot-hint">{t.submitHint}</p>}
        </div>
      )}
      {isOwner && view && status === 'live' && (
        <div class="stack studio-deed">
          <button
            type="button"
            class="button"
            disabled={busy}
            onClick={() => props.act('pause', () => pauseCampaign(view.id))}
          >
            {t.pause}
          </button>
          <p class="hint">{t.pauseHint}</p>
        </div>
      )}
      {isOwner && view && status === 'paused' && (
        <div class="stack studio-deed">
          <button
            type="button"
            class="button"
            disabled={busy}
            onClick={() => props.act('resume', () => resumeCampaign(view.id))}
          >
            {t.resume}
          </button>
        </div>
      )}
      {view && (
        <p>
          <a class="studio-page-link" href={`/c/${view.slug}`}>
            {isUnpublished || status === 'in_review' ? t.previewPage : t.publicPage}
          </a>
        </p>
      )}
    </aside>
  );
}

function Raised({ view }: { view: CampaignView }) {
  const site = useTexts();
  const { live: t } = useStudioTexts();
  const share = shareOf(view);
  return (
    <section class="studio-raised" aria-label={t.raised}>
      <p class="studio-raised-sum figures">{money(view.raised)}</p>
      <progress
        max={100}
        value={Math.min(100, Math.floor(share * 100))}
        aria-label={site.campaign.progress(percent(share))}
      />
      <p class="quiet small figures">
        {site.campaign.ofGoal(money(view.goal))} · {percent(share)} · {number(view.donorCount)} {t.donors}
      </p>
    </section>
  );
}

function Check({ label, isDone, isAdvice = false }: { label: string; isDone: boolean; isAdvice?: boolean }) {
  const { edit: t } = useStudioTexts();
  return (
    <li class={isDone ? 'check-done' : ''}>
      <span class="check-mark" aria-hidden="true">
        {isDone && <CheckIcon />}
      </span>
      <span>
        {label} <span class="unseen">: {isDone ? t.done : t.notDone}</span>
        {isAdvice && !isDone && <span class="quiet small"> ({t.advised})</span>}
      </span>
    </li>
  );
}

/** What the house says no to here has reasons of its own. */
function Sentence({ doing, reason, isNew }: { doing: Doing; reason: unknown; isNew: boolean }) {
  const { edit: t } = useStudioTexts();
  const code = reason instanceof ApiError ? reason.code : null;
  const sentence =
    doing === 'resume' && code === 'forbidden'
      ? t.pausedByModerator
      : doing === 'resume' && code === 'conflict'
        ? t.resumeTooLate
        : // Nothing was there yet that could have changed meanwhile: the one conflict left is the number of drafts.
          isNew && code === 'conflict'
          ? t.tooMany
          : null;
  if (sentence === null) return <Problem error={reason} />;
  return (
    <p class="notice notice-alarm" role="alert">
      {sentence}
    </p>
  );
}
