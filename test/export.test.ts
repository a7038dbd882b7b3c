import { createServer, get, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import { expect } from 'chai';
import express from 'express';
import fc from 'fast-check';
import pg from 'pg';
import {
  EXPORT_HEAD,
  EXPORT_PAGE,
  exportCampaign,
  exportLedger,
} from '../server/domain/settlements/export.ts';
import { cell, line, sendCsv } from '../server/http/csv.ts';
import { rupiah } from '../server/protocol/money.ts';
import { expectBalancedBooks, liveCampaign, person } from './support/house.ts';
import { startPlatform, type TestPlatform } from './support/platform.ts';
import { refusalOf } from './support/refused.ts';
import { until } from './support/until.ts';
import { type Visitor, visitor } from './support/visitor.ts';

/** Reads RFC 4180 as a spreadsheet does. */
function read(text: string): string[][] {
  const rows: string[][] = [[]];
  for (const [, quoted, bare, end] of text.matchAll(/(?:"((?:[^"]|"")*)"|([^",\r\n]*))(,|\r\n)/g)) {
    rows.at(-1)?.push(quoted === undefined ? (bare ?? '') : quoted.replaceAll('""', '"'));
    if (end === '\r\n') rows.push([]);
  }
  return rows.slice(0, -1);
}

const MANY = 30_000;

describe('files of the books', () => {
  let platform: TestPlatform;
  let v: Visitor;
  let auditor: Awaited<ReturnType<typeof person>>;
  let token: string;
  let admin: pg.Client;

  before(async () => {
    platform = await startPlatform();
    v = visitor(platform);
    auditor = await person(platform.house.db, 'Fitri', 'auditor');
    token = v.tokenOf(auditor);
    admin = new pg.Client(platform.database.adminUrl);
    await admin.connect();
  });
  after(async () => {
    await admin.end();
    v.close();
    await platform.close();
  });
  afterEach(async () => {
    await expectBalancedBooks(platform.house.db);
    expect(v.faults).to.deep.equal([]);
  });

  /** Balanced journals between two accounts that nobody guards, some days ago. */
  async function booked(count: number, { days = 0, kind = 'test' } = {}): Promise<void> {
    await admin.query('begin');
    // The check of each posting is held elsewhere; here it would take longer than the test.
    await admin.query("set local session_replication_role = 'replica'");
    await admin.query(
      `with made as (
         insert into sk.journals (id, kind, client_key, body_hash, effective_at, created_at, commitment)
         select uuidv7(make_interval(days => -$2::int)), $3::text, 'test:' || gen_random_uuid(), sha256('x'), now(),
           now() - make_interval(days => $2::int), sha256('y')
         from generate_series(1, $1::int) returning id
       )
       insert into sk.postings (journal_id, line, account_id, side, amount_minor)
       select made.id, l.line, a.id, l.side, 1000
       from made, (values (1::smallint, 'bank:main', 'D'), (2::smallint, 'cash:main', 'C')) l(line, code, side)
       join sk.accounts a on a.code = l.code`,
      [count, days, kind],
    );
    await admin.query('commit');
    // As the database does by itself some time after so many rows.
    await admin.query('analyze sk.journals, sk.postings');
  }
  const file = async (query = ''): Promise<string[][]> => {
    const answer = await v.get<string>(`/api/v1/finance/ledger.csv${query}`, { token });
    expect(answer.status).to.equal(200);
    return read(answer.body);
  };

  describe('hold cells that', () => {
    it('no spreadsheet runs', () => {
      for (const formula of ['=1+1', '+1', '-1', '@SUM(A1)', '\t=1', '\r=1']) {
        expect(cell(formula).replaceAll('"', '').startsWith("'"), formula).to.equal(true);
      }
      expect(cell('=HYPERLINK("http://x","y")')).to.equal('"\'=HYPERLINK(""http://x"",""y"")"');
      expect(cell('bank:main')).to.equal('bank:main');
    });

    it('are read again as they were, whatever stands in them', () => {
      fc.assert(
        fc.property(fc.array(fc.string({ unit: 'grapheme' }), { minLength: 1, maxLength: 8 }), (cells) => {
          const [row = []] = read(line(cells));
          return row.every((text, index) => text === cells[index] || text === `'${cells[index]}`);
        }),
      );
    });
  });

  it('hold every posting of the books once, however many there are', async () => {
    await booked(MANY);
    await booked(1, { kind: '=cmd()' });
    const rows = await file();
    expect(rows[0]).to.deep.equal([...EXPORT_HEAD]);
    const keys = rows.slice(1).map(([journal, number]) => `${journal} ${number}`);
    const { rows: known } = await admin.query<{ key: string }>(
      "select journal_id || ' ' || line as key from sk.postings order by journal_id, line",
    );
    expect(keys.length).to.be.greaterThan(2 * MANY);
    expect(keys.join('\n') === known.map(({ key }) => key).join('\n')).to.equal(true);
    const formulas = rows.filter(([, , kind]) => kind?.includes('cmd'));
    expect(formulas.map(([, , kind]) => kind)).to.deep.equal(["'=cmd()", "'=cmd()"]);
  });

  it('are read a page at a time, each when it is asked for', async () => {
    let asked = 0;
    const { db } = platform.house;
    const watched = {
      ...db,
      statements: {
        ...db.statements,
        postings: (page: Parameters<typeof db.statements.postings>[0]) => {
          asked += 1;
          return db.statements.postings(page);
        },
      },
    } as typeof db;
    const pages = await exportLedger({ db: watched }, auditor, {});
    expect(asked).to.equal(0);
    for (const count of [1, 2, 3]) {
      const { value } = await pages.next();
      expect(value?.length).to.equal(EXPORT_PAGE);
      expect(asked).to.equal(count);
    }
    await pages.return();
    expect(asked).to.equal(3);
  });

  it('hold the days that are asked for, both included', async () => {
    await booked(3, { days: 40, kind: 'long-ago' });
    await booked(2, { days: 39, kind: 'a-day-later' });
    const dayAgo = (days: number) => new Date(Date.now() - days * 86_400_000).toISOString().slice(0, 10);
    const kinds = async (from: number, to: number) =>
      (await file(`?from=${dayAgo(from)}&to=${dayAgo(to)}`)).slice(1).map(([, , kind]) => kind);
    expect(await kinds(40, 40)).to.deep.equal(Array(6).fill('long-ago'));
    expect(await kinds(39, 39)).to.deep.equal(Array(4).fill('a-day-later'));
    expect((await kinds(40, 39)).length).to.equal(10);
    expect(await kinds(38, 30)).to.deep.equal([]);
    const bad = await v.get('/api/v1/finance/ledger.csv?from=2026-02-30', { token });
    expect(bad.problem).to.include({ status: 400, code: 'invalid-input' });
  });

  describe('of a campaign', () => {
    it('hold its own postings alone, page by page in the order of their journals', async () => {
      const { db } = platform.house;
      const [one, other] = [await liveCampaign(platform.house), await liveCampaign(platform.house)];
      for (const amount of [10_000, 20_000, 30_000]) {
        await v.paid(one.id, { gift: rupiah(amount), tip: rupiah(1_000) });
        await v.paid(other.id, { gift: rupiah(amount) });
      }
      const rows: string[][] = [];
      for await (const page of await exportCampaign({ db, pageSize: 1 }, one.owner, one.id)) {
        expect(page.length).to.equal(1);
        rows.push(...page);
      }
      expect(
        rows.map(([, , kind, , , account, side, amount]) => [kind, account, side, amount]),
      ).to.deep.equal(
        ['10000', '20000', '30000'].map((amount) => ['capture', `campaign_payable:${one.id}`, 'C', amount]),
      );
      const path = `/api/v1/campaigns/${one.id}/ledger.csv`;
      const answer = await v.get<string>(path, { token: v.tokenOf(one.owner) });
      expect(answer.headers.get('content-disposition')).to.equal(
        `attachment; filename="campaign-${one.id}.csv"`,
      );
      expect(answer.headers.get('cache-control')).to.equal('no-store');
      expect(read(answer.body)).to.deep.equal([[...EXPORT_HEAD], ...rows]);
      expect(read((await v.get<string>(path, { token })).body).length).to.equal(4);
    });

    it('are for its team, finance and auditors', async () => {
      const { db } = platform.house;
      const one = await liveCampaign(platform.house);
      const path = `/api/v1/campaigns/${one.id}/ledger.csv`;
      expect((await v.get(path)).status).to.equal(401);
      const stranger = await person(db, 'Hadi');
      expect((await v.get(path, { token: v.tokenOf(stranger) })).problem).to.include({
        status: 403,
        code: 'forbidden',
      });
      expect(await refusalOf(exportCampaign({ db }, one.moderator, one.id))).to.include({
        code: 'forbidden',
      });
      expect(await refusalOf(exportLedger({ db }, one.owner, {}))).to.include({ code: 'forbidden' });
      await db.none("update sk.campaigns set status = 'rejected' where id = $1", one.id);
      expect(await refusalOf(exportCampaign({ db }, stranger, one.id))).to.include({ code: 'not-found' });
      await exportCampaign({ db }, auditor, one.id);
    });
  });

  describe('are sent', () => {
    const PAGE = Array.from({ length: 1_000 }, () => ['x'.repeat(200)]);
    let asked: number;
    let ended: boolean;
    let url: string;
    let close: () => void;

    async function* endless(): AsyncGenerator<string[][], void> {
      try {
        for (;;) {
          asked += 1;
          yield PAGE;
        }
      } finally {
        ended = true;
      }
    }

    beforeEach(async () => {
      asked = 0;
      ended = false;
      const app = express();
      app.get('/file', (_req, res) => sendCsv(res, { name: 'x.csv', head: ['x'], pages: endless() }));
      app.get('/alive', (_req, res) => void res.json({}));
      const server = createServer(app);
      await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
      url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
      close = () => {
        server.close();
        server.closeAllConnections();
      };
    });
    afterEach(() => close());

    /** A reader that has the first bytes and takes no more. */
    const slow = (): Promise<IncomingMessage> =>
      new Promise((resolve, reject) => {
        get(`${url}/file`, (answer) => {
          answer.pause();
          resolve(answer);
        }).once('error', reject);
      });
    /** Pages that have been asked for, once no more are. */
    const settled = () =>
      until(async () => {
        const before = asked;
        for (let round = 0; round < 20; round += 1) await fetch(`${url}/alive`);
        return asked === before && asked;
      });

    it('no faster than they are read', async () => {
      const answer = await slow();
      const first = await settled();
      answer.on('data', () => {});
      answer.resume();
      await until(() => asked > first + 10);
      answer.pause();
      const second = await settled();
      expect(second).to.be.greaterThan(first + 10);
      answer.destroy();
    });

    it('to nobody once the reader has gone, also in the middle of a page', async () => {
      const answer = await slow();
      await settled();
      expect(ended).to.equal(false);
      answer.destroy();
      await until(() => ended);
    });
  });
});
