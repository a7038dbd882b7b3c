import { expect } from 'chai';
import pg from 'pg';
import { v7 as uuidv7 } from 'uuid';
import { acting } from '../server/db/open.ts';
import { payAgain } from '../server/domain/donations/pledge.ts';
import { type Receive, receiver } from '../server/domain/donations/receive.ts';
import { captureOf, type Paid } from '../server/domain/ledger/entries.ts';
import { commitmentOf, post } from '../server/domain/ledger/post.ts';
import { FINANCE } from '../server/protocol/feeds.ts';
import type { Method } from '../server/protocol/methods.ts';
import { rupiah } from '../server/protocol/money.ts';
import { expectBalancedBooks, liveCampaign, openHouse, pledged, type TestHouse } from './support/house.ts';
import { said } from './support/notices.ts';
import { until } from './support/until.ts';

/** SQLSTATEs: the first four are our own, of `sql/migrations/0006_ledger.sql`. */
const UNBALANCED = 'SK001';
const CLOSED = 'SK002';
const EMPTY = 'SK003';
const UNCHANGEABLE = 'SK004';
const NOT_ALLOWED = '42501';
const CHECK_BROKEN = '23514';
const NOT_UNIQUE = '23505';
const NOT_NULL = '23502';
const UNKNOWN = '23503';

const JOURNAL = 'insert into sk.journals (id, kind, client_key, body_hash, effective_at, commitment) values';
const POSTING = 'insert into sk.postings (journal_id, line, account_id, side, amount_minor) values';

describe('the books', () => {
  let house: TestHouse;
  let campaign: Awaited<ReturnType<typeof liveCampaign>>;
  /** As sk_app, with whatever SQL somebody inside the app's process could send. */
  let app: pg.Client;
  let clearing: string;
  let income: string;

  before(async () => {
    house = await openHouse();
    campaign = await liveCampaign(house);
    app = new pg.Client(house.database.appUrl);
    await app.connect();
    const { rows } = await app.query<{ code: string; id: string }>('select code, id from sk.accounts');
    clearing = rows.find(({ code }) => code === 'gateway_clearing:midtrans')?.id ?? '';
    income = rows.find(({ code }) => code === 'tip_income')?.id ?? '';
  });
  after(async () => {
    await app.end();
    await house.close();
  });
  afterEach(async () => {
    await app.query('rollback');
    await expectBalancedBooks(house.db);
  });

  /** Runs statements in one transaction; the SQLSTATE with which they or the commit are refused, or 'done'. */
  async function codeOf(...statements: (string | [string, unknown[]])[]): Promise<string> {
    await app.query('begin');
    try {
      for (const statement of statements) {
        await (typeof statement === 'string' ? app.query(statement) : app.query(...statement));
      }
      await app.query('commit');
      return 'done';
    } catch (error) {
      await app.query('rollback');
      return (error as { code: string }).code;
    }
  }
  const journal = (id: string, key = `test:${id}`): string =>
    `('${id}', 'test', '${key}', sha256('x'), now(), sha256('y'))`;
  /** Journals and what is posted with them, in one statement as `post` sends it. */
  const booking = (journals: string | string[], postings: string): string =>
    `with opened as (${JOURNAL} ${[journals].flat().join(', ')}) ${postings}`;
  const pair = (id: string, amount: number | string = 700, other: number | string = amount): string =>
    `${POSTING} ('${id}', 1, ${clearing}, 'D', ${amount}), ('${id}', 2, ${income}, 'C', ${other})`;
  const count = async (table: string): Promise<string> =>
    (await app.query<{ n: string }>(`select count(*)::text as n from sk.${table}`)).rows[0]?.n ?? '';

  /** A balanced journal that is booked, and taken out again by the superuser so that the totals still fit. */
  async function booked(): Promise<{ id: string; remove(): Promise<void> }> {
    const id = uuidv7();
    expect(await codeOf(booking(journal(id), pair(id)))).to.equal('done');
    return {
      id,
      async remove() {
        const admin = new pg.Client(house.database.adminUrl);
        await admin.connect();
        await admin.query('set session_replication_role = replica');
        await admin.query('delete from sk.postings where journal_id = $1', [id]);
        await admin.query('delete from sk.journals where id = $1', [id]);
        await admin.end();
      },
    };
  }

  describe('refuse, whatever SQL the app’s role sends,', () => {
    it('a journal that does not balance, also when a later statement would make up for it', async () => {
      const id = uuidv7();
      expect(await codeOf(booking(journal(id), pair(id, 700, 699)))).to.equal(UNBALANCED);
      expect(await codeOf(booking(journal(id), `${POSTING} ('${id}', 1, ${clearing}, 'D', 700)`))).to.equal(
        UNBALANCED,
      );
    });

    it('a statement in which one of many journals is off while their sum is not', async () => {
      const [a, b] = [uuidv7(), uuidv7()];
      const crossed = `${pair(a, 700, 600)}, ('${b}', 1, ${clearing}, 'D', 500), ('${b}', 2, ${income}, 'C', 600)`;
      expect(await codeOf(booking([journal(a), journal(b)], crossed))).to.equal(UNBALANCED);
    });

    it('a posting on an account or for a payment that does not exist', async () => {
      const id = uuidv7();
      const toNobody = `${POSTING} ('${id}', 1, ${clearing}, 'D', 700), ('${id}', 2, 999999, 'C', 700)`;
      expect(await codeOf(booking(journal(id), toNobody))).to.equal(UNKNOWN);
      const betweenNobodies = `${POSTING} ('${id}', 1, 999998, 'D', 700), ('${id}', 2, 999999, 'C', 700)`;
      expect(await codeOf(booking(journal(id), betweenNobodies))).to.equal(UNKNOWN);
      const ofNothing = `insert into sk.postings (journal_id, line, account_id, side, amount_minor, payment_id)
        values ('${id}', 1, ${clearing}, 'D', 700, '${uuidv7()}'), ('${id}', 2, ${income}, 'C', 700, null)`;
      expect(await codeOf(booking(journal(id), ofNothing))).to.equal(UNKNOWN);
    });

    it('an event on a feed that was never opened', async () => {
      const said = `insert into sk.feed_events (feed, seq, type, data) values ('finance', 1, 'test', '{}'),
        ('campaign:none', 1, 'test', '{}')`;
      expect(await codeOf(said)).to.equal(UNKNOWN);
    });

    it('a journal without postings of its own, also where a later statement would bring them', async () => {
      const [id, other] = [uuidv7(), uuidv7()];
      expect(await codeOf(`${JOURNAL} ${journal(id)}`)).to.equal(EMPTY);
      expect(await codeOf(`${JOURNAL} ${journal(id)}`, pair(id))).to.equal(EMPTY);
      expect(await codeOf(booking([journal(id), journal(other)], pair(id)))).to.equal(EMPTY);
    });

    it('postings added to a journal of an earlier transaction, also from within a savepoint', async () => {
      const { id, remove } = await booked();
      const more = `${POSTING} ('${id}', 3, ${clearing}, 'D', 5), ('${id}', 4, ${income}, 'C', 5)`;
      expect(await codeOf(more)).to.equal(CLOSED);
      expect(await codeOf('savepoint inner_one', more)).to.equal(CLOSED);
      await remove();
    });

    it('postings added to a journal of a transaction that is still open elsewhere', async () => {
      const id = uuidv7();
      const other = new pg.Client(house.database.appUrl);
      await other.connect();
      await other.query('begin');
      await other.query(booking(journal(id), pair(id)));
      const more = `${POSTING} ('${id}', 3, ${clearing}, 'D', 5), ('${id}', 4, ${income}, 'C', 5)`;
      expect(await codeOf(more)).to.equal(CLOSED);
      await other.query('rollback');
      await other.end();
    });

    it('an amount of nothing, below nothing, or with a fraction that is not cut off', async () => {
      for (const amount of [0, -700]) {
        const id = uuidv7();
        expect(await codeOf(booking(journal(id), pair(id, amount)))).to.equal(CHECK_BROKEN);
      }
      const id = uuidv7();
      // numeric(38,0) rounds each of them; what is rounded apart no longer balances.
      expect(await codeOf(booking(journal(id), pair(id, '0.4')))).to.equal(CHECK_BROKEN);
      expect(await codeOf(booking(journal(id), pair(id, '700.4', '700.6')))).to.equal(UNBALANCED);
    });

    it('a change of what is written, by its grants', async () => {
      const { remove } = await booked();
      for (const statement of [
        "update sk.journals set kind = 'other'",
        'update sk.journals set effective_at = now()',
        'update sk.postings set amount_minor = amount_minor + 1',
        'delete from sk.postings',
        'delete from sk.journals',
        'truncate sk.postings',
        'truncate sk.journals cascade',
        'alter table sk.postings disable trigger all',
        'drop trigger balanced on sk.postings',
        'set session_replication_role = replica',
        'update sk.accounts set type = type',
        'delete from sk.accounts',
      ]) {
        expect(await codeOf(statement), statement).to.equal(NOT_ALLOWED);
      }
      expect(await count('postings')).to.equal('2');
      await remove();
    });

    it('a change of what is written, by its triggers, should a grant ever slip in', async () => {
      const { remove } = await booked();
      const owner = new pg.Client(house.database.migrateUrl);
      await owner.connect();
      await owner.query('set role sk_owner');
      for (const statement of [
        "update sk.journals set kind = 'other'",
        'update sk.postings set amount_minor = amount_minor + 1',
        'delete from sk.postings',
        'delete from sk.journals',
        'truncate sk.postings',
        'truncate sk.journals cascade',
      ]) {
        const refusal = await owner.query(statement).catch((error: { code: string }) => error.code);
        expect(refusal, statement).to.equal(UNCHANGEABLE);
      }
      await owner.end();
      await remove();
    });

    describe('where an account may not be overdrawn,', () => {
      const payable = () => `(select id from sk.accounts where code = 'campaign_payable:${campaign.id}')`;
      const held = async (): Promise<string> =>
        (
          await app.query(
            `select balance_minor::text as minor from sk.balances where account_id = ${payable()}`,
          )
        ).rows[0].minor;
      const move = (id: string, from: string, to: string, amount: number) =>
        `${POSTING} ('${id}', 1, ${from}, 'D', ${amount}), ('${id}', 2, ${to}, 'C', ${amount})`;

      it('taking more than is there, also in two steps, and the balance keeps what it had', async () => {
        const [put, take, more] = [uuidv7(), uuidv7(), uuidv7()];
        await app.query('begin');
        await app.query(booking(journal(put), move(put, clearing, payable(), 700)));
        expect(await held()).to.equal('700');
        await app.query(booking(journal(take), move(take, payable(), clearing, 700)));
        const refusal = await app
          .query(booking(journal(more), move(more, payable(), clearing, 1)))
          .catch((error) => error);
        expect([refusal.code, refusal.constraint]).to.deep.equal([CHECK_BROKEN, 'never_overdrawn']);
        await app.query('rollback');
        expect(await held()).to.equal('0');
      });

      it('the same across many journals of one statement, by what they come to together', async () => {
        const [a, b] = [uuidv7(), uuidv7()];
        const crossed = `${move(a, clearing, payable(), 500)}, ('${b}', 1, ${payable()}, 'D', 501), ('${b}', 2, ${clearing}, 'C', 501)`;
        expect(await codeOf(booking([journal(a), journal(b)], crossed))).to.equal(CHECK_BROKEN);
      });

      it('a balance that anybody but the database writes', async () => {
        for (const statement of [
          'update sk.balances set balance_minor = balance_minor + 1',
          'delete from sk.balances',
          'truncate sk.balances',
          "insert into sk.balances (account_id, normal_side) values (1, 'D')",
          'select * from sk.balances for no key update',
          "update sk.accounts set currency = 'IDR'",
          'alter table sk.balances drop constraint never_overdrawn',
          'select sk.open_balances()',
          'select sk.check_postings()',
        ]) {
          expect(await codeOf(statement), statement).to.equal(NOT_ALLOWED);
        }
      });

      it('an account that would be overdrawn by its own word, or that is called what it is not', async () => {
        const open = (columns: string, values: string) =>
          codeOf(
            `insert into sk.accounts (code, type${columns}) values ('campaign_payable:new', 'liability'${values})`,
          );
        expect(await open(', may_overdraw', ', true')).to.equal('428C9');
        expect(await open(', id', ', 1')).to.equal('428C9');
        const named = (code: string, type: string) =>
          codeOf(`insert into sk.accounts (code, type) values ('${code}', '${type}')`);
        expect(await named('campaign_payable:new', 'asset')).to.equal(CHECK_BROKEN);
        expect(await named('anything', 'asset')).to.equal(CHECK_BROKEN);
        expect(await named('bank:USD', 'liability')).to.equal(CHECK_BROKEN);
      });
    });

    it('a journal that commits to nothing, and a change of what was committed to', async () => {
      const id = uuidv7();
      const bare = `insert into sk.journals (id, kind, client_key, body_hash, effective_at)
        values ('${id}', 'test', 'test:${id}', sha256('x'), now())`;
      expect(await codeOf(bare, pair(id))).to.equal(NOT_NULL);
      expect(await codeOf("update sk.journal_secrets set private = '{}'")).to.equal(NOT_ALLOWED);
      expect(await codeOf('update sk.journal_leaves set leaf = 0')).to.equal(NOT_ALLOWED);
      expect(await codeOf('delete from sk.journal_leaves')).to.equal(NOT_ALLOWED);
    });

    it('one person deciding alone about money, whatever the code above forgets', async () => {
      const me = campaign.owner.userId;
      const account = uuidv7();
      const bank = `insert into sk.bank_accounts (id, campaign_id, bank, number, holder, added_by, added_at, usable_from)
        values ('${account}', '${campaign.id}', 'bca', '1234567890', 'YAYASAN', '${me}', now(), now())`;
      const payout = `insert into sk.payouts (id, campaign_id, bank_account_id, amount_minor, key, requested_by, requested_at,
          status, decided_by) values ('${uuidv7()}', '${campaign.id}', '${account}', 1000, 'PAYOUT0001', '${me}', now(), 'approved', '${me}')`;
      expect(await codeOf('set local app.uid = system', bank, payout)).to.equal(CHECK_BROKEN);
      const settlement = `insert into sk.settlements (id, gateway, bank_reference, settled_on, gross_minor, fee_minor, vat_minor,
          payments, entered_by, entered_at, corrected_at, corrected_by, correction_reason)
        values ('${uuidv7()}', 'midtrans', 'B1', current_date, 1, 0, 0, 1, '${me}', now(), now(), '${me}', 'x')`;
      expect(await codeOf(settlement)).to.equal(CHECK_BROKEN);
    });

    it('a second journal under a key that is booked', async () => {
      const { id, remove } = await booked();
      const again = uuidv7();
      expect(await codeOf(booking(journal(again, `test:${id}`), pair(again)))).to.equal(NOT_UNIQUE);
      await remove();
    });
  });

  it('take time and transaction from the database, whatever the writer says', async () => {
    const id = uuidv7();
    for (const [column, forged] of [
      ['created_at', "'2001-01-01'"],
      ['xid', "'3'::xid8"],
    ]) {
      const forging = `insert into sk.journals (id, kind, client_key, body_hash, effective_at, commitment, ${column})
        values ('${id}', 'test', 'test:${id}', sha256('x'), now(), sha256('y'), ${forged})`;
      expect(await codeOf(forging, pair(id))).to.equal(NOT_ALLOWED);
    }
    await app.query('begin');
    await app.query(booking(journal(id), pair(id)));
    const { rows } = await app.query(
      `select created_at = now() as now, xid = pg_current_xact_id() as own from sk.journals where id = $1`,
      [id],
    );
    expect(rows).to.deep.equal([{ now: true, own: true }]);
  });

  describe('through post', () => {
    const paid = (more: Partial<Paid> = {}): Paid => ({
      paymentId: uuidv7(),
      donationId: uuidv7(),
      campaignId: campaign.id,
      gateway: 'midtrans',
      giftMinor: 100_000n,
      tipMinor: 0n,
      currency: 'IDR',
      paidAt: new Date(),
      ...more,
    });

    it('book nothing of several journals when one of them is off', async () => {
      const before = await count('journals');
      const good = captureOf(paid());
      const bad = captureOf(paid());
      bad.postings[0] = { ...(bad.postings[0] as (typeof bad.postings)[0]), amountMinor: 1n };
      const error = await acting(house.db, 'system', 'test', (tx) => post(tx, [good, bad])).catch((e) => e);
      expect(String(error)).to.match(/does not balance/);
      expect(await count('journals')).to.equal(before);
    });

    it('stop at an account that does not exist', async () => {
      const entry = captureOf(paid({ campaignId: uuidv7() }));
      const error = await acting(house.db, 'system', 'test', (tx) => post(tx, [entry])).catch((e) => e);
      expect(error.code).to.equal(NOT_NULL);
    });
  });

  describe('of a gift', () => {
    const postingsOf = async (donationId: string) => {
      const { rows } = await app.query<{ kind: string; code: string; side: string; amount: string }>(
        `select j.kind, a.code, p.side, p.amount_minor::text as amount
         from sk.payments pay join sk.postings p on p.payment_id = pay.id
         join sk.journals j on j.id = p.journal_id join sk.accounts a on a.id = p.account_id
         where pay.donation_id = $1 order by j.kind, p.line`,
        [donationId],
      );
      return rows.map(({ kind, code, side, amount }) => `${kind} ${side} ${code.split(':')[0]} ${amount}`);
    };
    const totals = () =>
      house.db.one<{ raised_minor: bigint; tips_minor: bigint; donor_count: number }>(
        'select raised_minor, tips_minor, donor_count from sk.campaign_totals where campaign_id = $1',
        campaign.id,
      );
    const receive: Receive = (notices) => receiver({ ...house, ask: () => {} }).receive(notices);

    it('owe the campaign the gift and nothing else', async () => {
      const gift = await pledged(house, campaign.id, { amount: 100_000 });
      expect(await receive([said(house, gift)])).to.deep.equal(['booked']);
      expect(await postingsOf(gift.donationId)).to.deep.equal([
        'capture D gateway_clearing 100000',
        'capture C campaign_payable 100000',
      ]);
    });

    it('keep a tip apart from the gift, and out of what is raised', async () => {
      const before = await totals();
      const gift = await pledged(house, campaign.id, { amount: 100_000, tip: rupiah(5_000) });
      expect(await receive([said(house, gift)])).to.deep.equal(['booked']);
      expect(await postingsOf(gift.donationId)).to.deep.equal([
        'capture D gateway_clearing 105000',
        'capture C campaign_payable 100000',
        'capture C tip_income 5000',
      ]);
      const after = await totals();
      expect(after.raised_minor - before.raised_minor).to.equal(100_000n);
      expect(after.tips_minor - before.tips_minor).to.equal(5_000n);
      expect(after.donor_count - before.donor_count).to.equal(1);
    });

    it('say when it was paid by the gateway’s clock, and when it was booked by their own', async () => {
      const gift = await pledged(house, campaign.id);
      await receive([said(house, gift)]);
      const { rows } = await app.query(
        `select j.effective_at, j.created_at > now() - interval '1 minute' as now from sk.journals j
         join sk.payments p on j.client_key = 'capture:' || p.id where p.donation_id = $1`,
        [gift.donationId],
      );
      expect(rows[0].effective_at.toISOString()).to.equal('2026-11-23T13:15:00.000Z');
      expect(rows[0].now).to.equal(true);
    });

    it('commit to what they do not show, by a salt that stands apart and may be deleted', async () => {
      const gift = await pledged(house, campaign.id);
      await receive([said(house, gift)]);
      const { rows } = await app.query(
        `select j.id, j.commitment, s.salt, s.private from sk.journals j join sk.journal_secrets s on s.journal_id = j.id
         join sk.payments p on j.client_key = 'capture:' || p.id where p.donation_id = $1`,
        [gift.donationId],
      );
      expect(rows[0].private).to.equal(JSON.stringify({ donation: gift.donationId }));
      expect(commitmentOf(rows[0].salt, rows[0].private).equals(rows[0].commitment)).to.equal(true);
      expect(await codeOf(`delete from sk.journal_secrets where journal_id = '${rows[0].id}'`)).to.equal(
        'done',
      );
    });

    it('hold no name: journals and postings have no place for one', async () => {
      const gift = await pledged(house, campaign.id, {
        donor: { name: 'Wulan Rahayu', email: 'wulan@example.org' },
        message: 'Untuk almarhumah Nenek',
      });
      await receive([said(house, gift)]);
      const { rows } = await app.query(
        `select j::text, p::text from sk.journals j join sk.postings p on p.journal_id = j.id`,
      );
      expect(JSON.stringify(rows)).not.to.match(/wulan|nenek/i);
    });

    const again = async (
      donationId: string,
      method: Method,
    ): Promise<{ reference: string; amountMinor: bigint }> => {
      await payAgain(
        {
          ...house,
          judge: async () => ({ decision: 'allow', reasons: [] }),
          pageOf: () => 'http://127.0.0.1/',
          now: () => new Date(),
          onFault: (fault) => house.faults.push(fault),
        },
        {
          donationId,
          request: { method },
          caller: { address: '192.0.2.7', network: '192.0.2.7/32', device: null },
        },
      );
      const payment = await house.db.payments.latestOf(donationId);
      if (!payment) throw new Error('no payment');
      return { reference: payment.reference, amountMinor: payment.amount_minor };
    };

    for (const [when, deliver] of [
      ['in one batch', (notices: ReturnType<typeof said>[]) => receive(notices)],
      [
        'in two',
        async (notices: ReturnType<typeof said>[]) => {
          const outcomes: string[] = [];
          for (const notice of notices) outcomes.push(...(await receive([notice])));
          return outcomes;
        },
      ],
    ] as const) {
      it(`put into suspense what is paid a second time ${when}, count it once and tell finance`, async () => {
        const before = await totals();
        const gift = await pledged(house, campaign.id, { amount: 80_000, tip: rupiah(2_000) });
        const second = await again(gift.donationId, 'va_bca');
        const outcomes = await deliver([said(house, gift), said(house, second)]);
        expect([...outcomes].sort()).to.deep.equal(['booked', 'quarantined']);
        expect(await postingsOf(gift.donationId)).to.deep.equal([
          'capture D gateway_clearing 82000',
          'capture C campaign_payable 80000',
          'capture C tip_income 2000',
          'suspense D gateway_clearing 82000',
          'suspense C suspense 82000',
        ]);
        const after = await totals();
        expect(after.raised_minor - before.raised_minor).to.equal(80_000n);
        expect(after.donor_count - before.donor_count).to.equal(1);
        const waiting = await acting(house.db, 'system', 'test', (tx) => tx.notices.quarantined(100));
        expect(
          waiting.filter(({ reference }) => [gift.reference, second.reference].includes(reference ?? '')),
        ).to.have.length(1);
        await until(() =>
          house.heard.some(
            ({ feed, events }) =>
              feed === FINANCE &&
              events.some(({ data }) => (data as { reason?: string }).reason?.includes('paid again')),
          ),
        );
      });
    }

    it('take a third payment of one gift to suspense as well', async () => {
      const gift = await pledged(house, campaign.id);
      const more = [await again(gift.donationId, 'va_bca'), await again(gift.donationId, 'gopay')];
      const outcomes = await receive([gift, ...more].map((one) => said(house, one)));
      expect(outcomes.filter((one) => one === 'quarantined')).to.have.length(2);
      expect(
        (await postingsOf(gift.donationId)).filter((line) => line.startsWith('suspense')),
      ).to.have.length(4);
    });
  });
});
