import { Router } from 'express';
import type { Accounts } from '../domain/accounts/accounts.ts';
import { signedIn } from './guards/authenticate.ts';
import type { Limits } from './guards/limit.ts';

/** Who somebody is, behind `authenticate`. */
export function me({
  accounts,
  limits,
  askForVerification,
}: {
  accounts: Pick<Accounts, 'me'>;
  limits: Pick<Limits, 'mailByEmail'>;
  askForVerification(userId: string): Promise<unknown>;
}): Router {
  const router = Router();
  router.get('/me', async (_req, res) => {
    res.set('Cache-Control', 'no-store');
    res.json({ user: await accounts.me(signedIn(res).userId) });
  });
  router.post('/me/verification', async (_req, res) => {
    const { userId } = signedIn(res);
    await limits.mailByEmail.take(userId, res);
    await askForVerification(userId);
    res.status(202).json({});
  });
  return router;
}
