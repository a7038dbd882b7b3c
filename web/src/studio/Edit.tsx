import { useEffect, useRef, useState } from 'preact/hooks';
import { useLocation } from 'preact-iso/router';
import { NAME_MAX, TITLE_MAX } from '../../../server/protocol/bounds.ts';
import { CATEGORIES, type CampaignView, TIMEZONES } from '../../../server/protocol/campaigns.ts';
import { type OwnerEvents, type OwnerState, ownerFeed } from '../../../server/protocol/feeds.ts';
import { GOAL_MAX, GOAL_MIN } from '../../../server/protocol/money.ts';
import { campaign as fetchCampaign } from '../api.ts';
import { useNow } from '../clock.ts';
import { clock, day, money, rupiah, zoneName } from '../format.ts';
import { ApiError } from '../http.ts';
import { useTexts } from '../i18n/language.ts';
import { useFeed } from '../live.ts';
import { Field, focusFirstError } from '../parts/Field.tsx';
import { Layout } from '../parts/Layout.tsx';
import { Actions, type Doing } from './Actions.tsx';
import { changeCampaign, createCampaign, sendPicture, submitCampaign } from './calls.ts';
import { handOver, takeCreated, useCampaign } from './campaign.ts';
import { FactList, Facts } from './Facts.tsx';
import {
  changedFields,
  changeOf,
  dayIn,
  daysAllowed,
  emptyValues,
  type Faults,
  FIELDS,
  type FieldName,
  faultSentence,
  faultsIn,
  faultsOf,
  isLocked,
  requestOf,
  type Values,
  valuesOf,
} from './form.ts';
import { Gate } from './Gate.tsx';
import { Head } from './Head.tsx';
import { NotHere, NotYet } from './NotYet.tsx';
import { PictureField } from './PictureField.tsx';
import { RupiahInput } from './RupiahInput.tsx';
import { StoryField } from './StoryField.tsx';
import { useStudioTexts } from './text.ts';
import { unsaved } from './unsaved.ts';
import './studio.css';

export default function Edit({ id }: { id?: string }) {
  return (
    <Gate to="studio">
      {(me) => <Loading key={`${me.id} ${id ?? 'new'}`} id={id ?? null} userId={me.id} />}
    </Gate>
  );
}

function Loading({ id, userId }: { id: string | null; userId: string }) {
  const { edit: t } = useStudioTexts();
  const [made] = useState(() => takeCreated(id));
  const loaded = useCampaign(id, made?.view ?? null);
  const { view, setView } = loaded;
  if (id === null) return <Editor userId={userId} view={null} setView={setView} pictureError={null} isNew />;
  if (!view) return <NotYet loaded={loaded} title={t.tabEdit} />;
  if (!view.team?.role) return <NotHere title={view.title} text={t.notMine} />;
  return (
    <Editor
      userId={userId}
      view={view}
      setView={setView}
      pictureError={made?.pictureError ?? null}
      isNew={made !== null}
    />
  );
}

/** Typed text is put aside this long after the last key. */
const KEEP_MS = 300;
const DAYS_USUAL = [30, 60, 90];

function Editor({
  userId,
  view,
  setView,
  pictureError,
  isNew,
}: {
  userId: string;
  view: CampaignView | null;
  setView: (view: CampaignView) => void;
  pictureError: unknown;
  isNew: boolean;
}) {
  const site = useTexts();
  const t = useStudioTexts();
  const { route } = useLocation();
  const form = useRef<HTMLFormElement>(null);
  const now = useNow(30_000);
  const id = view?.id ?? null;
  const status = view?.status ?? null;
  const locked = (field: FieldName) => isLocked(field, status);
  const isReadOnly = view?.team?.role === 'viewer' || FIELDS.every(locked);

  const saved = view ? valuesOf(view) : null;
  const [start] = useState(() => startOf(userId, view));
  const [values, setValues] = useState(start.values);
  const [isRestored, setIsRestored] = useState(start.isRestored);
  const [faults, setFaults] = useState<Faults>({});
  const [doing, setDoing] = useState<Doing | null>(null);
  const [error, setError] = useState<{ doing: Doing; reason: unknown } | null>(null);
  const [said, setSaid] = useState('');
  const [savedAt, setSavedAt] = useState<string | null>(isNew && view ? new Date().toISOString() : null);
  const [picture, setPicture] = useState<Blob | null>(null);

  const changed = changedFields(values, saved ?? EMPTY).filter((field) => !locked(field));
  const isDirty = !isReadOnly && (changed.length > 0 || picture !== null);
  const latest = useRef({ values, isDirty, saved, view });
  latest.current = { values, isDirty, saved, view };

  // Put aside while it is typed, and at once when the page goes: a session may end between two keys.
  useEffect(() => {
    const timer = setTimeout(() => unsaved.set(userId, id, isDirty ? values : null), KEEP_MS);
    return () => clearTimeout(timer);
  }, [values, isDirty, userId, id]);
  const isHandedOver = useRef(false);
  useEffect(
    () => () => {
      if (!isHandedOver.current)
        unsaved.set(userId, id, latest.current.isDirty ? latest.current.values : null);
    },
    [userId, id],
  );
  useEffect(() => {
    const leave = (event: BeforeUnloadEvent) => {
      if (latest.current.isDirty) event.preventDefault();
    };
    addEventListener('beforeunload', leave);
    return () => removeEventListener('beforeunload', leave);
  }, []);

  /** The campaign as it now stands; what the person changed and has not saved stays as typed. */
  const adopt = (next: CampaignView) => {
    const before = latest.current.saved ?? EMPTY;
    const after = valuesOf(next);
    setValues((typed) => {
      const dirty = changedFields(typed, before);
      return { ...after, ...pickFields(typed, dirty) };
    });
    setView(next);
  };
  const setField = <F extends FieldName>(field: F, value: Values[F]) => {
    setValues((typed) => ({ ...typed, [field]: value }));
    setFaults(({ [field]: _mended, ...rest }) => rest);
    setSaid('');
  };

  // A moderator's decision, a colleague's change: heard here while the page stands open.
  const refresh = () => {
    if (!id) return;
    void fetchCampaign(id)
      .then(({ campaign }) => {
        if (campaign.status !== latest.current.view?.status) setSaid(t.edit.changedElsewhere);
        adopt(campaign);
      })
      .catch(() => undefined);
  };
  useFeed<OwnerState, OwnerEvents>(id && ownerFeed(id), {
    onState: (state) => {
      if (state.status !== latest.current.view?.status) refresh();
    },
    onEvents: (events) => {
      const isOurs = events.some(({ type }) => type === 'campaign.status' || type === 'campaign.reviewed');
      if (isOurs && doingNow.current === null) refresh();
    },
  });
  const doingNow = useRef<Doing | null>(null);

  async function act(what: Doing, work: () => Promise<string | null>): Promise<void> {
    if (doingNow.current) return;
    doingNow.current = what;
    setDoing(what);
    setError(null);
    setSaid('');
    try {
      setSaid((await work()) ?? '');
    } catch (reason) {
      const atFields = faultsIn(reason);
      if (Object.keys(atFields).length > 0) {
        setFaults(atFields);
        focusFirstError(form.current);
      } else {
        setError({ doing: what, reason });
        // Somebody was faster: show how it stands now.
        if (reason instanceof ApiError && reason.code === 'conflict') refresh();
      }
    } finally {
      doingNow.current = null;
      setDoing(null);
    }
  }

  /** Saves what is changed. Null if a field has to be mended first; throws ApiError. */
  async function save(): Promise<CampaignView | null> {
    const found = faultsOf(values, {
      checked: view ? changed : FIELDS,
      nowMs: Date.now(),
      saved: earliest(view),
    });
    setFaults(found);
    if (Object.keys(found).length > 0) {
      focusFirstError(form.current);
      return null;
    }
    if (view) {
      const next = changed.length > 0 ? await changeCampaign(view.id, changeOf(values, changed)) : view;
      adopt(next);
      unsaved.set(userId, id, null);
      setIsRestored(false);
      setSavedAt(new Date().toISOString());
      return next;
    }
    const request = requestOf(values);
    if (!request) return null;
    let next = await createCampaign(request);
    let lost: unknown = null;
    if (picture) {
      try {
        next = await sendPicture(next.id, picture);
      } catch (reason) {
        lost = reason;
      }
    }
    unsaved.set(userId, null, null);
    isHandedOver.current = true;
    handOver({ view: next, pictureError: lost });
    return next;
  }

  const saveOnly = () =>
    act('save', async () => {
      const next = await save();
      if (next && !view) route(`/studio/${next.id}`, true);
      return next && view ? t.edit.saved : null;
    });
  const submit = () =>
    act('submit', async () => {
      const next = isDirty || !view ? await save() : view;
      if (!next) return null;
      try {
        const submitted = await submitCampaign(next.id);
        if (view) adopt(submitted);
        else handOver({ view: submitted, pictureError: null });
      } finally {
        // Saved it is in any case.
        if (!view) route(`/studio/${next.id}`, true);
      }
      scrollTo({ top: 0 });
      return t.edit.submitted;
    });

  const title = view?.title ?? t.edit.newTitle;
  const faultOf = (field: FieldName): string | null => {
    const fault = faults[field];
    return fault
      ? faultSentence(field, fault, { values, nowMs: now, saved: earliest(view), t }) +
          (fault.detail ? ` (${fault.detail})` : '')
      : null;
  };
  const allowed = daysAllowed(values.timezone, now, earliest(view));
  const note = view?.team?.reviewNote;
  const isPublished = status === 'live' || status === 'paused';

  const permit = (
    <Field
      id="f-permitNumber"
      label={<Optional label={t.edit.permit} />}
      hint={t.edit.permitHint}
      error={faultOf('permitNumber')}
    >
      {(describe) => (
        <input
          {...describe}
          class="input"
          value={values.permitNumber}
          maxLength={NAME_MAX}
          autocomplete="off"
          onInput={({ currentTarget }) => setField('permitNumber', currentTarget.value)}
        />
      )}
    </Field>
  );
  const lastDay = (
    <Field
      id="f-endsOn"
      label={t.edit.endsOn}
      hint={isPublished ? t.edit.onlyLater : null}
      error={faultOf('endsOn')}
    >
      {(describe) => (
        <input
          {...describe}
          class="input figures"
          type="date"
          value={values.endsOn}
          min={allowed.min}
          max={allowed.max}
          onInput={({ currentTarget }) => setField('endsOn', currentTarget.value)}
        />
      )}
    </Field>
  );
  const until = (
    <p class="studio-until">
      {isDay(values.endsOn)
        ? t.edit.endsAt(day(values.endsOn), zoneName(values.timezone, new Date()))
        : t.edit.endsUnset}
    </p>
  );

  return (
    <Layout title={title} hasFootBar={!isReadOnly}>
      <div class="wrap staff">
        <Head view={view} title={title} current="edit" />
        <p class="unseen" role="status">
          {said}
        </p>
        {note && (status === 'rejected' || status === 'draft' || status === 'in_review') && (
          <section class={`notice staff-note ${status === 'rejected' ? 'notice-alarm' : ''}`}>
            <h2>{t.edit.noteTitle}</h2>
            <p lang="id" class="preline">
              {note}
            </p>
          </section>
        )}
        {view?.team?.role === 'viewer' && <p class="notice staff-note">{t.edit.viewerOnly}</p>}
        {isRestored && isDirty && (
          <p class="notice staff-restored" role="status">
            <span>{t.edit.restored}</span>
            <button
              type="button"
              class="button-text"
              onClick={() => {
                setValues(saved ?? emptyValues());
                setFaults({});
                setIsRestored(false);
              }}
            >
              {saved ? t.edit.discard : t.edit.discardNew}
            </button>
          </p>
        )}
        <div class="studio-columns">
          {isReadOnly && view ? (
            <Facts view={view} />
          ) : (
            <form
              ref={form}
              class="studio-form"
              noValidate
              onSubmit={(event) => {
                event.preventDefault();
                void saveOnly();
              }}
            >
              {isPublished && view ? (
                <>
                  <Fixed view={view} />
                  <section class="studio-part" aria-labelledby="part-open">
                    <h2 id="part-open">{t.edit.stillOpen}</h2>
                    <div class="studio-pair">{lastDay}</div>
                    {until}
                    {permit}
                  </section>
                </>
              ) : (
                <>
                  <section class="studio-part" aria-labelledby="part-basics">
                    <h2 id="part-basics">{t.edit.basics}</h2>
                    <Field id="f-title" label={t.edit.title} hint={t.edit.titleHint} error={faultOf('title')}>
                      {(describe) => (
                        <input
                          {...describe}
                          class="input"
                          lang="id"
                          value={values.title}
                          maxLength={TITLE_MAX}
                          autocomplete="off"
                          onInput={({ currentTarget }) => setField('title', currentTarget.value)}
                        />
                      )}
                    </Field>
                    <div class="studio-pair">
                      <Field id="f-category" label={t.edit.category} error={faultOf('category')}>
                        {(describe) => (
                          <select
                            {...describe}
                            class="input"
                            value={values.category}
                            onChange={({ currentTarget: { value } }) =>
                              setField('category', CATEGORIES.find((category) => category === value) ?? '')
                            }
                          >
                            <option value="" disabled>
                              {t.edit.chooseCategory}
                            </option>
                            {CATEGORIES.map((category) => (
                              <option value={category} key={category}>
                                {site.category[category]}
                              </option>
                            ))}
                          </select>
                        )}
                      </Field>
                      <Field
                        id="f-beneficiary"
                        label={t.edit.beneficiary}
                        hint={t.edit.beneficiaryHint}
                        error={faultOf('beneficiary')}
                      >
                        {(describe) => (
                          <input
                            {...describe}
                            class="input"
                            lang="id"
                            value={values.beneficiary}
                            maxLength={NAME_MAX}
                            autocomplete="off"
                            onInput={({ currentTarget }) => setField('beneficiary', currentTarget.value)}
                          />
                        )}
                      </Field>
                    </div>
                    {permit}
                  </section>
                  <section class="studio-part" aria-labelledby="part-money">
                    <h2 id="part-money">{t.edit.money}</h2>
                    <Field
                      id="f-goal"
                      label={t.edit.goal}
                      hint={t.edit.goalHint(rupiah(GOAL_MIN), rupiah(GOAL_MAX))}
                      error={faultOf('goal')}
                    >
                      {(describe) => (
                        <RupiahInput
                          describe={describe}
                          amount={values.goal}
                          onAmount={(goal) => setField('goal', goal)}
                        />
                      )}
                    </Field>
                    <div class="studio-pair">
                      {lastDay}
                      <Field id="f-timezone" label={t.edit.timezone} error={faultOf('timezone')}>
                        {(describe) => (
                          <select
                            {...describe}
                            class="input"
                            value={values.timezone}
                            onChange={({ currentTarget: { value } }) => {
                              const timezone = TIMEZONES.find((zone) => zone === value);
                              if (timezone) setField('timezone', timezone);
                            }}
                          >
                            {TIMEZONES.map((zone) => (
                              <option value={zone} key={zone}>
                                {t.edit.zones[zone]}
                              </option>
                            ))}
                          </select>
                        )}
                      </Field>
                    </div>
                    <fieldset class="studio-days" aria-label={t.edit.inDaysLabel}>
                      {DAYS_USUAL.map((days) => {
                        const end = dayIn(values.timezone, now, days);
                        return (
                          <button
                            type="button"
                            class="chip"
                            key={days}
                            aria-pressed={values.endsOn === end}
                            onClick={() => setField('endsOn', end)}
                          >
                            {t.edit.inDays(days)}
                          </button>
                        );
                      })}
                    </fieldset>
                    {until}
                  </section>
                </>
              )}

              <section class="studio-part" aria-labelledby="part-picture">
                <h2 id="part-picture" class="unseen">
                  {t.edit.picture}
                </h2>
                <PictureField
                  campaignId={id}
                  picture={view?.picture ?? null}
                  onWaiting={setPicture}
                  onSaved={adopt}
                  firstError={pictureError}
                />
              </section>

              <section class="studio-part" aria-labelledby="part-story">
                <h2 id="part-story">{t.edit.story}</h2>
                <StoryField
                  story={values.story}
                  onStory={(story) => setField('story', story)}
                  savedHtml={view?.story ?? null}
                  isChanged={changed.includes('story')}
                  error={faultOf('story')}
                  onSave={() => void saveOnly()}
                  isSaving={doing === 'save'}
                />
              </section>
            </form>
          )}
          <Actions
            view={view}
            isReadOnly={isReadOnly}
            isDirty={isDirty}
            faults={Object.keys(faults).length}
            savedAt={savedAt && clock(savedAt)}
            said={said}
            doing={doing}
            error={error}
            onSave={() => void saveOnly()}
            onSubmit={() => void submit()}
            onFirstFault={() => focusFirstError(form.current)}
            act={(what, work) =>
              void act(what, async () => {
                adopt(await work());
                return what === 'pause' ? t.edit.paused : t.edit.resumed;
              })
            }
          />
        </div>
      </div>
    </Layout>
  );
}

/** What people have given for, and a moderator has approved. */
function Fixed({ view }: { view: CampaignView }) {
  const { edit: t } = useStudioTexts();
  const site = useTexts();
  return (
    <section class="studio-part studio-fixed" aria-labelledby="part-fixed">
      <h2 id="part-fixed">{t.fixed}</h2>
      <p class="hint">{t.fixedHint}</p>
      <FactList
        facts={[
          [t.title, <span lang="id">{view.title}</span>],
          [t.beneficiary, <span lang="id">{view.beneficiary}</span>],
          [t.goal, <span class="figures">{money(view.goal)}</span>],
          [t.category, site.category[view.category]],
          [t.timezone, t.zones[view.timezone]],
        ]}
      />
    </section>
  );
}

const Optional = ({ label }: { label: string }) => {
  const site = useTexts();
  return (
    <>
      {label} <span class="quiet staff-optional">({site.site.optional})</span>
    </>
  );
};

const EMPTY = emptyValues();

/** Saved text, or what was typed over it in this tab and not saved. */
function startOf(userId: string, view: CampaignView | null): { values: Values; isRestored: boolean } {
  const saved = view ? valuesOf(view) : emptyValues();
  const kept = unsaved.get(userId, view?.id ?? null);
  if (!kept) return { values: saved, isRestored: false };
  const open = changedFields(kept, saved).filter((field) => !isLocked(field, view?.status ?? null));
  return { values: { ...saved, ...pickFields(kept, open) }, isRestored: open.length > 0 };
}

const pickFields = (values: Values, fields: readonly FieldName[]): Partial<Values> =>
  Object.fromEntries(fields.map((field) => [field, values[field]]));

/** The last day that stands now, where it may only move later. */
const earliest = (view: CampaignView | null): string | null =>
  view && (view.status === 'live' || view.status === 'paused') ? view.endsOn : null;

const isDay = (text: string): boolean =>
  /^\d{4}-\d{2}-\d{2}$/.test(text) && !Number.isNaN(Date.parse(`${text}T00:00:00Z`));
