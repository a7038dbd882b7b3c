import { isDeepStrictEqual } from 'node:util';
import { expect } from 'chai';
import fc from 'fast-check';
import {
  apply,
  HELD_MAX,
  REDACTIONS,
  redacted,
  redacts,
  SUBMITTED_MAX,
} from '../../server/protocol/apply.ts';
import type { CampaignCard, CampaignStatus } from '../../server/protocol/campaigns.ts';
import type { HeldMessage, WallItem } from '../../server/protocol/donations.ts';
import {
  type CampaignState,
  type FeedEvent,
  type FeedKind,
  type ModerationState,
  type OwnerState,
  UPDATES_SHOWN,
  WALL_MAX,
} from '../../server/protocol/feeds.ts';
import { rupiah } from '../../server/protocol/money.ts';
import type { UpdateView } from '../../server/protocol/updates.ts';

/**
 * A history as the database would keep it: the facts, the events that were said of them, and the state that a query
 * would give after each event. It shares no code with the reducers.
 */
type History = { events: FeedEvent[]; states: unknown[] };

const at = (seq: number): string => new Date(Date.UTC(2026, 7, 1) + seq * 1_000).toISOString();

/** Every state with the events after it applied must be the state read at the end, or say that it must be read. */
function expectSameAsFresh(kind: FeedKind, { events, states }: History): void {
  for (let from = 0; from < states.length; from++) {
    let state = states[from];
    for (const [i, event] of events.slice(from).entries()) {
      state = apply(kind, state, event);
      const fresh = states[from + i + 1];
      if (state === undefined) state = fresh;
      // Ten times as fast as chai, which is asked only to show the difference.
      if (!isDeepStrictEqual(state, fresh)) expect(state).to.deep.equal(fresh);
    }
    // Long histories: each start would make the test quadratic, and the first ones have seen everything.
    if (from > 3) from += Math.floor(states.length / 7);
  }
}

type Deed = {
  kind: 'give' | 'show' | 'hide' | 'edit' | 'close' | 'milestone' | 'post' | 'unpost';
  which: number;
  amount: number;
};
const deeds = fc.array(
  fc.record<Deed>({
    kind: fc.constantFrom(
      'give',
      'give',
      'give',
      'show',
      'hide',
      'edit',
      'close',
      'milestone',
      'post',
      'unpost',
    ),
    which: fc.nat(60),
    amount: fc.integer({ min: 1_000, max: 5_000_000 }),
  }),
  { maxLength: 120, size: 'max' },
);

function campaignHistory(all: Deed[], kind: 'campaign' | 'owner') {
  const gifts: {
    id: string;
    name: string | null;
    amount: number;
    words: string;
    shown: boolean;
    rejected: boolean;
    hidden: boolean;
    at: string;
  }[] = [];
  const campaign = {
    title: 'Air bersih',
    goal: rupiah(50_000_000),
    endsOn: '2026-09-01',
    endsAt: at(9e6),
    picture: null,
  };
  let updates: UpdateView[] = [];
  let status: CampaignStatus = 'live';
  const events: FeedEvent[] = [];
  const totals = () => ({
    raised: rupiah(gifts.reduce((sum, { amount }) => sum + amount, 0)),
    donorCount: gifts.length,
  });
  const fresh = () => {
    const newest = [...gifts]
      .reverse()
      .filter(({ hidden }) => !hidden)
      .slice(0, WALL_MAX);
    const items = newest.map(
      ({ id, name, amount, words, shown, at }): WallItem => ({
        id,
        name,
        gift: rupiah(amount),
        message: shown ? words : null,
        at,
      }),
    );
    if (kind === 'campaign')
      return {
        totals: totals(),
        status,
        ...campaign,
        wall: items,
        updates: updates.slice(0, UPDATES_SHOWN),
      } satisfies CampaignState;
    const recent = items.map((item, i) => ({
      ...item,
      tip: rupiah(0),
      messageHeld: !newest[i]?.shown && !newest[i]?.rejected,
    }));
    return { totals: totals(), status, recent } satisfies OwnerState;
  };
  const states: unknown[] = [fresh()];
  const say = (type: string, data: unknown, withTotals = false) => {
    const seq = events.length + 1;
    events.push({ seq, type, at: at(seq), data, ...(withTotals ? { totals: totals() } : {}) });
    states.push(structuredClone(fresh()));
  };
  for (const { kind: deed, which, amount } of all) {
    const gift = gifts[gifts.length - 1 - which];
    if (deed === 'give') {
      const id = `gift-${gifts.length}`;
      const time = at(events.length + 1);
      gifts.push({
        id,
        name: amount % 3 ? `Donatur ${id}` : null,
        amount,
        words: `Semangat ${id}!`,
        shown: false,
        rejected: false,
        hidden: false,
        at: time,
      });
      const made = gifts.at(-1);
      const item = { id, name: made?.name ?? null, gift: rupiah(amount), message: null, at: time };
      say(
        'donation.received',
        kind === 'owner' ? { ...item, tip: rupiah(0), messageHeld: true } : item,
        true,
      );
    } else if (deed === 'show' && gift && !gift.hidden && !gift.shown && !gift.rejected) {
      if (kind === 'owner' && amount % 4 === 0) {
        gift.rejected = true;
        say('donation.message_rejected', { id: gift.id });
        continue;
      }
      gift.shown = true;
      say('donation.message_shown', { id: gift.id, message: gift.words });
    } else if (deed === 'hide' && gift && !gift.hidden) {
      gift.hidden = true;
      say('donation.hidden', { id: gift.id });
    } else if (deed === 'edit' && kind === 'campaign') {
      Object.assign(campaign, { title: `Judul ${amount}`, goal: rupiah(amount * 100) });
      say('campaign.updated', { ...campaign, status });
    } else if (deed === 'edit') {
      status = amount % 2 ? 'paused' : 'live';
      say('campaign.status', { status });
    } else if (deed === 'close' && kind === 'campaign') {
      status = 'ended';
      say('campaign.closed', { reason: 'ended' });
    } else if (deed === 'close') {
      status = amount % 2 ? 'live' : 'rejected';
      say('campaign.reviewed', { decision: amount % 2 ? 'approve' : 'reject', note: '' });
    } else if (deed === 'post' && kind === 'campaign') {
      const number = events.length + 1;
      const update = { id: `update-${number}`, number, title: 'Kabar', html: '<p>Isi</p>', pictures: [] };
      updates = [{ ...update, at: at(number) }, ...updates];
      say('update.posted', { ...update, at: at(number) });
    } else if (deed === 'unpost' && kind === 'campaign') {
      const gone = updates[which % Math.max(1, updates.length)];
      if (!gone) continue;
      updates = updates.filter(({ id }) => id !== gone.id);
      say('update.hidden', { id: gone.id });
    } else if (deed === 'milestone' && kind === 'campaign') {
      say('campaign.milestone', { percent: 25 });
    }
  }
  return { events, states };
}

describe('State and events', () => {
  it('of a campaign lead to the state that is read afterwards, from wherever one starts', () => {
    fc.assert(fc.property(deeds, (all) => expectSameAsFresh('campaign', campaignHistory(all, 'campaign'))));
  });

  it('of a team lead to the state that is read afterwards', () => {
    fc.assert(fc.property(deeds, (all) => expectSameAsFresh('owner', campaignHistory(all, 'owner'))));
  });

  it('of the moderators lead to the state that is read afterwards, also where their lists are longer than shown', () => {
    const work = fc.record({
      waiting: fc.integer({ min: 0, max: HELD_MAX + 5 }),
      deeds: fc.array(fc.tuple(fc.constantFrom('submit', 'review', 'hold', 'decide'), fc.nat(200)), {
        maxLength: 60,
      }),
    });
    fc.assert(
      fc.property(work, ({ waiting, deeds }) => {
        const held = Array.from({ length: waiting }, (_, i) => heldMessage(i));
        const submitted = Array.from({ length: waiting }, (_, i) => card(i));
        const fresh = (): ModerationState => ({
          submitted: submitted.slice(0, SUBMITTED_MAX),
          held: held.slice(0, HELD_MAX),
        });
        const events: FeedEvent[] = [];
        const states: unknown[] = [fresh()];
        const say = (type: string, data: unknown) => {
          events.push({ seq: events.length + 1, type, at: at(events.length + 1), data });
          states.push(fresh());
        };
        for (const [deed, which] of deeds) {
          const number = 1_000 + events.length;
          if (deed === 'submit') {
            submitted.push(card(number));
            say('campaign.submitted', { id: `campaign-${number}`, slug: `c-${number}`, title: 'Kampanye' });
          } else if (deed === 'review' && submitted.length > 0) {
            const [gone] = submitted.splice(which % submitted.length, 1);
            say('campaign.reviewed', { id: gone?.id, decision: 'approve' });
          } else if (deed === 'hold') {
            held.push(heldMessage(number));
            say('message.held', heldMessage(number));
          } else if (deed === 'decide' && held.length > 0) {
            const [gone] = held.splice(which % held.length, 1);
            say('message.reviewed', { donationId: gone?.donationId, decision: 'show' });
          }
        }
        expectSameAsFresh('moderation', { events, states });
      }),
      { numRuns: 50 },
    );
  });

  it('of an overlay is the state that is read afresh, whatever its team said', () => {
    const settings = fc.record({
      theme: fc.constantFrom('malam', 'fajar'),
      alertSeconds: fc.integer({ min: 4, max: 30 }),
    });
    const deed = fc.oneof(
      fc.record({ type: fc.constant('overlay.changed'), data: fc.record({ settings }) }),
      fc.constantFrom(
        { type: 'alert.test', data: { gift: rupiah(10_000) } },
        { type: 'alert.replayed', data: { donationId: 'gift' } },
        { type: 'alert.skipped', data: { what: 'all' } },
        { type: 'overlay.revoked', data: {} },
      ),
    );
    fc.assert(
      fc.property(fc.array(deed, { maxLength: 20 }), (all) => {
        const campaign = { id: 'c', slug: 'c', title: 'Kampanye' };
        const row: { settings: object; revoked: boolean } = { settings: { theme: 'polos' }, revoked: false };
        const states: unknown[] = [{ campaign, ...row }];
        const events = all.map(({ type, data }, nth): FeedEvent => {
          if ('settings' in data) row.settings = data.settings;
          if (type === 'overlay.revoked') row.revoked = true;
          states.push({ campaign, ...row });
          return { seq: nth + 1, type, at: at(nth), data };
        });
        expectSameAsFresh('overlay', { events, states });
      }),
    );
  });

  it('in memory read like the rows of the database after words were taken back', () => {
    fc.assert(
      fc.property(deeds, (all) => {
        const { events } = campaignHistory(all, 'campaign');
        let ring: FeedEvent[] = [];
        const rows: FeedEvent[] = [];
        for (const event of events) {
          if (redacts(event)) ring = ring.map((earlier) => redacted(earlier, event));
          ring.push(event);
          // What one UPDATE does for each type: data || changes where data ->> 'id' = id.
          if (redacts(event)) {
            const hiding = REDACTIONS[event.type];
            const { id } = event.data as { id: string };
            for (const row of rows) {
              const data = row.data as { id?: string };
              if (data.id === id && hiding[row.type]) row.data = { ...data, ...hiding[row.type] };
            }
          }
          rows.push({ ...event });
        }
        expect(ring).to.deep.equal(rows);
        const hidden = new Set(events.filter(redacts).map(({ data }) => (data as { id: string }).id));
        for (const { type, data } of ring) {
          const { id, name, message, html, title } = data as Partial<WallItem & UpdateView>;
          if (!/^(donation|update)\./.test(type) || !hidden.has(id ?? '')) continue;
          expect(html || title || null).to.equal(null);
          expect(name ?? null).to.equal(null);
          expect(message || null).to.equal(null);
        }
      }),
    );
  });
});

const card = (number: number): CampaignCard => ({
  id: `campaign-${number}`,
  slug: `c-${number}`,
  title: 'Kampanye',
  category: 'sosial',
  status: 'in_review',
  goal: rupiah(1_000_000),
  raised: rupiah(0),
  donorCount: 0,
  endsOn: '2026-09-01',
  endsAt: at(9e6),
  timezone: 'Asia/Jakarta',
  picture: null,
  beneficiary: 'Warga',
});

const heldMessage = (number: number): HeldMessage => ({
  donationId: `gift-${number}`,
  campaign: { id: 'c', slug: 'c', title: 'Kampanye' },
  gift: rupiah(10_000),
  message: 'www.example.org',
  reasons: ['link'],
  at: at(number),
});
