import { Router } from 'express';
import type { Accounts } from '../domain/accounts/accounts.ts';
import { signedIn } from './guards/authenticate.ts';

/** GET /me, behind `authenticate`. */
export function me({ accounts }: { accounts: Pick<Accounts, 'me'> }): Router {
  const router = Router();
  router.get('/me', async (_req, res) => {
    res.set('Cache-Control', 'no-store');
    res.json({ user: await accounts.me(signedIn(res).userId) });
  });
  return router;
}
