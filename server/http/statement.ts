import { type Request, Router } from 'express';
import type { Db } from '../db/open.ts';
import { EXPORT_HEAD, exportCampaign, exportLedger } from '../domain/settlements/export.ts';
import { readStatement } from '../domain/settlements/statement.ts';
import { ledgerExportQuery, pageQuery } from '../protocol/schemas/settlements.ts';
import { byId, sendCached } from './campaigns.ts';
import { sendCsv } from './csv.ts';
import { principalOf, signedIn } from './guards/authenticate.ts';
import { check } from './guards/check.ts';

/** What became of the money: a campaign's public statement, and files for those who keep books. At the API's root. */
export function statement({ db }: { db: Db }): Router {
  const router = Router();
  const idOf = (req: Request): string => check(byId, req.params).id;

  router.get('/campaigns/:id/ledger', async (req, res) => {
    const page = check(pageQuery, req.query);
    sendCached(res, await readStatement(db, principalOf(res), { campaignId: idOf(req), ...page }));
  });

  router.get('/campaigns/:id/ledger.csv', async (req, res) => {
    const campaignId = idOf(req);
    const pages = await exportCampaign({ db }, signedIn(res), campaignId);
    await sendCsv(res, { name: `campaign-${campaignId}.csv`, head: EXPORT_HEAD, pages });
  });

  router.get('/finance/ledger.csv', async (req, res) => {
    const query = check(ledgerExportQuery, req.query);
    const pages = await exportLedger({ db }, signedIn(res), query);
    await sendCsv(res, { name: 'ledger.csv', head: EXPORT_HEAD, pages });
  });

  return router;
}
