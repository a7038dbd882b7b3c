import { NAME_MAX, STORY_MAX, TITLE_MAX } from '../../../server/protocol/bounds.ts';
import type {
  CampaignChange,
  CampaignRequest,
  CampaignStatus,
  CampaignView,
  Category,
  Timezone,
} from '../../../server/protocol/campaigns.ts';
import { TIMEZONES } from '../../../server/protocol/campaigns.ts';
import { CURRENCY, GOAL_MAX, GOAL_MIN } from '../../../server/protocol/money.ts';
import { day, number, rupiah } from '../format.ts';
import { ApiError } from '../http.ts';
import type { StudioTexts } from './text.ts';

/** What the form holds while it is being filled in; not yet a request. */
export type Values = {
  title: string;
  category: Category | '';
  beneficiary: string;
  permitNumber: string;
  goal: number | null;
  /** YYYY-MM-DD, or empty. */
  endsOn: string;
  timezone: Timezone;
  story: string;
};
export type FieldName = keyof Values;
/** In the order of the page: the first with a fault gets the focus. */
export const FIELDS: readonly FieldName[] = [
  'title',
  'category',
  'beneficiary',
  'permitNumber',
  'goal',
  'endsOn',
  'timezone',
  'story',
];

/** Why a field is not right. `detail` is the server's own sentence where we have none for it. */
export type Fault = {
  kind: 'missing' | 'short' | 'long' | 'range' | 'past' | 'far' | 'earlier' | 'locked' | 'refused';
  detail?: string;
};
export type Faults = Partial<Record<FieldName, Fault>>;

// The server's own bounds of what it takes; it says so at the field where these should ever differ.
export const TITLE_MIN = 8;
export const STORY_MIN = 30;
const BENEFICIARY_MIN = 2;
const DAYS_AHEAD_MAX = 366;

const DAY_MS = 86_400_000;
const OFFSET_HOURS: Record<Timezone, number> = { 'Asia/Jakarta': 7, 'Asia/Makassar': 8, 'Asia/Jayapura': 9 };

/** The calendar day in `timezone`, `ahead` days after the instant `nowMs`, as YYYY-MM-DD. */
export const dayIn = (timezone: Timezone, nowMs: number, ahead = 0): string =>
  new Date(nowMs + OFFSET_HOURS[timezone] * 3_600_000 + ahead * DAY_MS).toISOString().slice(0, 10);

/** First and last day that a campaign may end on. `saved` is what it ends on now, if it may only move later. */
export const daysAllowed = (timezone: Timezone, nowMs: number, saved: string | null) => {
  const today = dayIn(timezone, nowMs);
  return { min: saved && saved > today ? saved : today, max: dayIn(timezone, nowMs, DAYS_AHEAD_MAX) };
};

/** The reader's own zone where it is one of Indonesia's three. */
const ownZone = (): Timezone => {
  const { timeZone } = Intl.DateTimeFormat().resolvedOptions();
  return TIMEZONES.find((zone) => zone === timeZone) ?? 'Asia/Jakarta';
};

export const emptyValues = (): Values => ({
  title: '',
  category: '',
  beneficiary: '',
  permitNumber: '',
  goal: null,
  endsOn: '',
  timezone: ownZone(),
  story: '',
});

export const valuesOf = (view: CampaignView): Values => ({
  title: view.title,
  category: view.category,
  beneficiary: view.beneficiary,
  permitNumber: view.permitNumber ?? '',
  goal: view.goal.amount,
  endsOn: view.endsOn,
  timezone: view.timezone,
  story: view.team?.storyMarkdown ?? '',
});

/** People have given for what a moderator approved: then the story may grow, a permit be prolonged, the end move later. */
const FREE_WHEN_PUBLIC: readonly FieldName[] = ['story', 'permitNumber', 'endsOn'];

export function isLocked(field: FieldName, status: CampaignStatus | null): boolean {
  if (status === null || status === 'draft' || status === 'rejected') return false;
  if (status === 'in_review' || status === 'ended') return true;
  return !FREE_WHEN_PUBLIC.includes(field);
}

/** Fields whose value, as the server would keep it, differs from what is saved. */
export const changedFields = (values: Values, saved: Values): FieldName[] =>
  FIELDS.filter((field) => trimmed(values[field]) !== trimmed(saved[field]));

const trimmed = <T>(value: T): T | string => (typeof value === 'string' ? value.trim() : value);

/** Faults of the `checked` fields. `saved` is the last day now, if it may only move later. */
export function faultsOf(
  values: Values,
  { checked, nowMs, saved }: { checked: readonly FieldName[]; nowMs: number; saved: string | null },
): Faults {
  const faults: Faults = {};
  const text = (field: 'title' | 'story' | 'beneficiary' | 'permitNumber', min: number, max: number) => {
    const { length } = values[field].trim();
    if (length < min) faults[field] = { kind: 'short' };
    else if (length > max) faults[field] = { kind: 'long' };
  };
  text('title', TITLE_MIN, TITLE_MAX);
  text('story', STORY_MIN, STORY_MAX);
  text('beneficiary', BENEFICIARY_MIN, NAME_MAX);
  text('permitNumber', 0, NAME_MAX);
  if (values.category === '') faults.category = { kind: 'missing' };
  if (values.goal === null || values.goal < GOAL_MIN || values.goal > GOAL_MAX)
    faults.goal = { kind: 'range' };
  const { min, max } = daysAllowed(values.timezone, nowMs, saved);
  if (values.endsOn === '') faults.endsOn = { kind: 'missing' };
  else if (values.endsOn < min) faults.endsOn = { kind: saved && min === saved ? 'earlier' : 'past' };
  else if (values.endsOn > max) faults.endsOn = { kind: 'far' };
  for (const field of FIELDS) if (!checked.includes(field)) delete faults[field];
  return faults;
}

/** The server's errors by the field they belong to. Paths may go deeper than a field, e.g. `goal.amount`. */
export function faultsIn(error: unknown): Faults {
  if (!(error instanceof ApiError)) return {};
  const faults: Faults = {};
  for (const { path, message } of error.errors) {
    const field = FIELDS.find((name) => name === path.split('.')[0]);
    if (!field) continue;
    faults[field] =
      error.code === 'conflict' && field !== 'endsOn'
        ? { kind: 'locked' }
        : { kind: 'refused', detail: message };
  }
  return faults;
}

/** A sentence that says how to mend the field. */
export function faultSentence(
  field: FieldName,
  { kind }: Fault,
  { values, nowMs, saved, t }: { values: Values; nowMs: number; saved: string | null; t: StudioTexts },
): string {
  const { faults } = t.edit;
  const { min, max } = daysAllowed(values.timezone, nowMs, saved);
  switch (kind) {
    case 'locked':
      return faults.locked;
    case 'refused':
      return faults.refused;
    case 'long':
      return faults.tooLong(number(field === 'title' ? TITLE_MAX : field === 'story' ? STORY_MAX : NAME_MAX));
    case 'short':
      if (field === 'title') return faults.titleShort(TITLE_MIN);
      return field === 'story' ? faults.storyShort(STORY_MIN) : faults.beneficiary;
    case 'missing':
      return field === 'endsOn' ? faults.endsOnMissing : faults.category;
    case 'range':
      return faults.goal(rupiah(GOAL_MIN), rupiah(GOAL_MAX));
    case 'past':
      return faults.endsOnPast;
    case 'earlier':
      return faults.endsOnEarlier(day(min));
    case 'far':
      return faults.endsOnFar(day(max));
  }
}

const wire = {
  title: (values: Values) => ({ title: values.title }),
  category: ({ category }: Values) => (category === '' ? {} : { category }),
  beneficiary: (values: Values) => ({ beneficiary: values.beneficiary }),
  permitNumber: (values: Values) => ({ permitNumber: values.permitNumber.trim() || null }),
  goal: ({ goal }: Values) => (goal === null ? {} : { goal: { amount: goal, currency: CURRENCY } as const }),
  endsOn: (values: Values) => ({ endsOn: values.endsOn }),
  timezone: (values: Values) => ({ timezone: values.timezone }),
  story: (values: Values) => ({ story: values.story }),
} satisfies Record<FieldName, (values: Values) => CampaignChange>;

/** Only the named fields, so that a change someone else made meanwhile to another one stays. */
export const changeOf = (values: Values, fields: readonly FieldName[]): CampaignChange =>
  Object.assign({}, ...fields.map((field) => wire[field](values)));

/** The whole request; null while something it cannot do without is missing. */
export const requestOf = (values: Values): CampaignRequest | null => {
  const { category, goal } = values;
  if (category === '' || goal === null) return null;
  return {
    title: values.title,
    story: values.story,
    category,
    goal: { amount: goal, currency: CURRENCY },
    endsOn: values.endsOn,
    timezone: values.timezone,
    beneficiary: values.beneficiary,
    permitNumber: values.permitNumber.trim() || null,
  };
};
