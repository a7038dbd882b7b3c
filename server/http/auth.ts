import { parseCookie } from 'cookie';
import { type CookieOptions, json, type Request, type RequestHandler, type Response, Router } from 'express';
import type { Accounts, Opened } from '../domain/accounts/accounts.ts';
import { Refusal } from '../domain/refusal.ts';
import {
  forgotPasswordRequest,
  loginRequest,
  registerRequest,
  resetPasswordRequest,
  verifyEmailRequest,
} from '../protocol/schemas/accounts.ts';
import { check } from './guards/check.ts';
import { emailKey, type Limits, limitByAddress } from './guards/limit.ts';
import { localeOf } from './guards/locale.ts';

const BODY_MAX = '16kb';

/** What an account can do with the help of a mail. */
export type Recovery = {
  askForReset(email: string): Promise<unknown>;
  resetPassword(request: { token: string; password: string }): Promise<void>;
  verifyEmail(token: string): Promise<void>;
};

/**
 * Register, login, refresh and logout, to be mounted at /api/v1/auth and before `authenticate`: a refresh must work
 * with an access token that has run out. `secure` says that pages come over https; `allowsOrigin` whether a page of
 * this origin (the Origin header, with the Host header beside it) may ask.
 */
export function auth({
  accounts,
  limits,
  recovery,
  secure,
  allowsOrigin,
}: {
  accounts: Accounts;
  limits: Pick<
    Limits,
    'signUp' | 'loginByAddress' | 'loginByEmail' | 'refresh' | 'mailByAddress' | 'mailByEmail'
  >;
  recovery: Recovery;
  secure: boolean;
  allowsOrigin: (origin: string, host: string | undefined) => boolean;
}): Router {
  const router = Router();
  const cookie = refreshCookie({ secure });
  const options: CookieOptions = {
    httpOnly: true,
    sameSite: 'strict',
    secure,
    path: secure ? '/' : '/api/v1/auth',
  };

  const answer = (res: Response, status: number, opened: Opened): void => {
    res.cookie(cookie, opened.refreshToken, { ...options, expires: opened.refreshUntil });
    res.status(status).json(opened.answer);
  };
  const refreshTokenOf = (req: Request): string | undefined => parseCookie(req.headers.cookie ?? '')[cookie];

  router.use(noStore, fromOurPages(allowsOrigin), onlyJson, json({ limit: BODY_MAX }));

  router.post('/register', limitByAddress(limits.signUp), async (req, res) => {
    const request = check(registerRequest, req.body);
    answer(res, 201, await accounts.register(request, req.get('user-agent'), localeOf(req)));
  });

  router.post('/login', limitByAddress(limits.loginByAddress), async (req, res) => {
    const request = check(loginRequest, req.body);
    const key = emailKey(request.email);
    await limits.loginByEmail.take(key, res);
    const opened = await accounts.login(request, req.get('user-agent'));
    // Only failures count against the address that is guessed at.
    await limits.loginByEmail.giveBack(key);
    answer(res, 200, opened);
  });

  router.post('/refresh', askedByScript, limitByAddress(limits.refresh), async (req, res) => {
    const token = refreshTokenOf(req);
    if (token === undefined)
      throw new Refusal('unauthenticated', 'There is no session here. Please sign in.');
    try {
      answer(res, 200, await accounts.refresh(token, req.get('user-agent')));
    } catch (error) {
      // A cookie that never works again is taken back; after a 'conflict' the other tab's new one is in its place.
      if (error instanceof Refusal && error.code === 'unauthenticated') res.clearCookie(cookie, options);
      throw error;
    }
  });

  router.post('/logout', askedByScript, limitByAddress(limits.refresh), async (req, res) => {
    const token = refreshTokenOf(req);
    if (token !== undefined) await accounts.logout(token);
    res.clearCookie(cookie, options).status(204).end();
  });

  router.post('/forgot-password', limitByAddress(limits.mailByAddress), async (req, res) => {
    const { email } = check(forgotPasswordRequest, req.body);
    await limits.mailByEmail.take(emailKey(email), res);
    await recovery.askForReset(email);
    // The same for every address: whether it has an account is nobody's business.
    res.status(202).json({});
  });

  router.post('/reset-password', limitByAddress(limits.loginByAddress), async (req, res) => {
    await recovery.resetPassword(check(resetPasswordRequest, req.body));
    res.status(204).end();
  });

  router.post('/verify-email', limitByAddress(limits.loginByAddress), async (req, res) => {
    await recovery.verifyEmail(check(verifyEmailRequest, req.body).token);
    res.status(204).end();
  });

  return router;
}

const noStore: RequestHandler = (_req, res, next) => {
  res.set('Cache-Control', 'no-store');
  next();
};

/** __Host- binds a cookie to this host and https; without https a browser would not keep it. */
export const refreshCookie = ({ secure }: { secure: boolean }): string =>
  secure ? '__Host-sk_refresh' : 'sk_refresh';

/** A browser names the page's origin in every POST; apps and programs send none. */
const fromOurPages =
  (allowsOrigin: (origin: string, host: string | undefined) => boolean): RequestHandler =>
  (req, _res, next) => {
    const { origin, host } = req.headers;
    if (origin !== undefined && !allowsOrigin(origin, host)) {
      throw new Refusal('forbidden', 'Pages of this origin may not sign in here.');
    }
    next();
  };

/** A form of another page can send three content types without being asked; JSON is none of them. */
const onlyJson: RequestHandler = (req, _res, next) => {
  const { 'transfer-encoding': encoding, 'content-length': length } = req.headers;
  const hasBody = encoding !== undefined || (length !== undefined && length !== '0');
  if (hasBody && !req.is('application/json')) {
    throw new Refusal('unsupported-media', 'Send the body as application/json.');
  }
  next();
};

/** Where the cookie alone speaks for the user, the request must bear a header that no foreign page can set. */
const askedByScript: RequestHandler = (req, _res, next) => {
  if (req.get('x-requested-with') !== 'sangkuriang') {
    throw new Refusal('forbidden', 'Send the header "X-Requested-With: sangkuriang".');
  }
  next();
};
