import { signal } from '@preact/signals';
import type { LoginRequest, RegisterRequest, SignedIn, UserView } from '../../server/protocol/accounts.ts';
import { ApiError, request } from './http.ts';
import { remembered } from './storage.ts';

/** Who is signed in: `undefined` until it is known, `null` for a guest. */
export const user = signal<UserView | null | undefined>(undefined);

let access: { token: string; expiresAtMs: number } | null = null;
let refreshing: Promise<string | null> | null = null;
const listeners = new Set<(token: string | null) => void>();

/** The cookie cannot be read from here; this flag spares guests a refused refresh on every page. */
const FLAG = 'sk.signed-in';
/** Asked for anew this long before the end, so that a call under way does not meet an expired token. */
const RENEW_BEFORE_MS = 60_000;
/** Tells a same-site form post apart from our own calls. */
const OWN = { 'x-requested-with': 'sangkuriang' };

const channel = 'BroadcastChannel' in globalThis ? new BroadcastChannel('sk.session') : null;

function become(signed: SignedIn | null): void {
  access = signed ? { token: signed.accessToken, expiresAtMs: Date.parse(signed.expiresAt) } : null;
  user.value = signed?.user ?? null;
  remembered.set(FLAG, signed ? '1' : null);
  for (const listen of listeners) listen(access?.token ?? null);
}

/** Calls `listen` with every new access token, null after signing out. */
export function onToken(listen: (token: string | null) => void): () => void {
  listeners.add(listen);
  return () => listeners.delete(listen);
}

/** Another tab, or this one before a reload, has just renewed: its cookie is on the way. */
const RENEWED_ELSEWHERE_TRIES = 3;

async function refresh(tries = 0): Promise<string | null> {
  try {
    // A reload in the middle must not lose the new cookie: the old one would look stolen.
    become(await request<SignedIn>('/auth/refresh', { method: 'POST', headers: OWN, outlivesPage: true }));
  } catch (error) {
    if (error instanceof ApiError && error.code === 'conflict' && tries < RENEWED_ELSEWHERE_TRIES) {
      await new Promise((resolve) => setTimeout(resolve, (error.retryAfterS ?? 1) * 1_000));
      return refresh(tries + 1);
    }
    // Without a network the session may well live on: keep the flag and ask again later.
    if (error instanceof ApiError && error.status >= 400 && error.status < 500 && error.status !== 429)
      become(null);
    else if (user.value === undefined) user.value = null;
  }
  return access?.token ?? null;
}

/**
 * A valid access token, renewed if need be; null for a guest. One renewal at a time, across tabs as well:
 * the refresh token rotates, and two tabs using the same one would look like theft.
 */
export function accessToken(): Promise<string | null> {
  if (access && access.expiresAtMs - Date.now() > RENEW_BEFORE_MS) return Promise.resolve(access.token);
  if (!access && !remembered.get(FLAG)) {
    if (user.value === undefined) user.value = null;
    return Promise.resolve(null);
  }
  // navigator.locks exists on secure origins alone; on plain http one tab's own turn-taking has to do.
  refreshing ??= (
    'locks' in navigator ? navigator.locks.request('sk.refresh', () => refresh()) : refresh()
  ).finally(() => {
    refreshing = null;
  });
  return refreshing;
}

/** The server refused our token: forget it, so that the next call renews. */
export function dropAccessToken(): void {
  if (access) access.expiresAtMs = 0;
}

export async function signIn(credentials: LoginRequest): Promise<void> {
  become(await request<SignedIn>('/auth/login', { method: 'POST', headers: OWN, body: credentials }));
  channel?.postMessage('changed');
}

export async function register(wish: RegisterRequest): Promise<void> {
  become(await request<SignedIn>('/auth/register', { method: 'POST', headers: OWN, body: wish }));
  channel?.postMessage('changed');
}

export const askForReset = (email: string): Promise<unknown> =>
  request('/auth/forgot-password', { method: 'POST', body: { email } });

/** Ends every session, also the one of this page. */
export async function resetPassword(chosen: { token: string; password: string }): Promise<void> {
  await request('/auth/reset-password', { method: 'POST', body: chosen });
  become(null);
  channel?.postMessage('changed');
}

export const verifyEmail = (token: string): Promise<unknown> =>
  request('/auth/verify-email', { method: 'POST', body: { token } });

export async function signOut(): Promise<void> {
  const token = access?.token;
  await request('/auth/logout', {
    method: 'POST',
    headers: { ...OWN, ...(token ? { authorization: `Bearer ${token}` } : {}) },
  });
  become(null);
  channel?.postMessage('changed');
}

channel?.addEventListener('message', () => {
  // Another tab signed in or out: the cookie is common to both, the flag says which it was.
  if (remembered.get(FLAG)) {
    dropAccessToken();
    void accessToken();
  } else become(null);
});
