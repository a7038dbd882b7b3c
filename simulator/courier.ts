import http from 'node:http';
import https from 'node:https';
import type { Timers } from './timers.ts';

/** Connections per receiver; more deliveries than this wait for a free one. */
const SOCKETS_MAX = 128;
/** 307 and 308 are followed this often. */
const REDIRECTS_MAX = 5;
/** Of a receiver's answer only the status counts; a longer body is cut off. */
const ANSWER_BYTES_MAX = 64 * 1024;

/** One notification on its way to one address. */
export type Parcel = {
  url: string;
  headers: Record<string, string>;
  body: string;
  /** Names the parcel in the log. */
  label: string;
};

/** `httpStatus` is null where no answer came; `error` then says why. */
export type Attempt = { at: string; url: string; httpStatus: number | null; error?: string };

/** How a gateway retries; `retriesFor` gets the last answer's status, or null for none. */
export type RetryPolicy = { delaysMs: readonly number[]; retriesFor(httpStatus: number | null): number };

export type Courier = {
  /** One try. Never rejects: what went wrong stands in the attempt. */
  send(parcel: Parcel): Promise<Attempt>;
  /**
   * The first try and, behind it, the retries of the policy. Resolves after the first try; every try
   * goes to `onAttempt`. With `lost` the first try never leaves and counts as unanswered.
   */
  deliver(parcel: Parcel, onAttempt: (attempt: Attempt) => void, how?: { lost?: boolean }): Promise<void>;
  close(): Promise<void>;
};

/** Sends notifications over kept connections, and again after the gateway's own schedule. */
export function courier(options: {
  timers: Timers;
  policy: RetryPolicy;
  timeoutMs: number;
  log: (line: string) => void;
}): Courier {
  const { timers, policy, timeoutMs, log } = options;
  const agents = {
    'http:': new http.Agent({ keepAlive: true, maxSockets: SOCKETS_MAX }),
    // Midtrans says that it calls with TLS 1.2 at most: a receiver that insists on 1.3 must fail here too.
    'https:': new https.Agent({ keepAlive: true, maxSockets: SOCKETS_MAX, maxVersion: 'TLSv1.2' }),
  };
  const closing = new AbortController();
  const inFlight = new Set<Promise<unknown>>();

  function post(
    url: URL,
    parcel: Parcel,
    signal: AbortSignal,
  ): Promise<{ status: number; location?: string }> {
    return new Promise((resolve, reject) => {
      const secure = url.protocol === 'https:';
      const request = (secure ? https : http).request(url, {
        method: 'POST',
        agent: secure ? agents['https:'] : agents['http:'],
        headers: { ...parcel.headers, 'content-length': Buffer.byteLength(parcel.body) },
        signal,
      });
      request.on('response', (response) => {
        let bytes = 0;
        response.on('data', (chunk: Buffer) => {
          bytes += chunk.length;
          if (bytes > ANSWER_BYTES_MAX) response.destroy();
        });
        response.on('error', () => {});
        response.on('close', () => {
          const { location } = response.headers;
          resolve({ status: response.statusCode ?? 0, ...(location === undefined ? {} : { location }) });
        });
      });
      request.on('error', (error: NodeJS.ErrnoException) => {
        // A receiver may close a kept connection just as we reuse it; that is no failed delivery.
        if (request.reusedSocket && error.code === 'ECONNRESET' && !signal.aborted) {
          post(url, parcel, signal).then(resolve, reject);
        } else reject(error);
      });
      request.end(parcel.body);
    });
  }

  async function attempt(parcel: Parcel): Promise<Attempt> {
    const at = new Date().toISOString();
    const timeout = AbortSignal.timeout(timeoutMs);
    try {
      let url = new URL(parcel.url);
      const signal = AbortSignal.any([timeout, closing.signal]);
      let answer = await post(url, parcel, signal);
      for (
        let followed = 0;
        (answer.status === 307 || answer.status === 308) && answer.location;
        followed++
      ) {
        if (followed === REDIRECTS_MAX) break;
        url = new URL(answer.location, url);
        answer = await post(url, parcel, signal);
      }
      return { at, url: parcel.url, httpStatus: answer.status };
    } catch (error) {
      const reason = timeout.aborted ? `no answer within ${timeoutMs} ms` : (error as Error).message;
      return { at, url: parcel.url, httpStatus: null, error: reason };
    }
  }

  function send(parcel: Parcel): Promise<Attempt> {
    const sent = attempt(parcel);
    inFlight.add(sent);
    return sent.finally(() => inFlight.delete(sent));
  }

  const arrived = ({ httpStatus }: Attempt) => httpStatus !== null && httpStatus >= 200 && httpStatus < 300;

  async function tryOnce(
    parcel: Parcel,
    onAttempt: (attempt: Attempt) => void,
    retriesDone: number,
    lost: boolean,
  ) {
    const attempt = lost
      ? { at: new Date().toISOString(), url: parcel.url, httpStatus: null, error: 'lost on purpose' }
      : await send(parcel);
    onAttempt(attempt);
    if (arrived(attempt) || timers.closed) return;
    const delayMs = policy.delaysMs[retriesDone];
    const again = delayMs !== undefined && retriesDone < policy.retriesFor(attempt.httpStatus);
    // The random shift keeps a receiver that comes back from meeting all its debts in one second.
    const waitMs = again ? Math.round(delayMs * (1 + Math.random() / 10)) : 0;
    const answer = attempt.error ?? `HTTP ${attempt.httpStatus}`;
    log(`${parcel.label} to ${parcel.url}: ${answer}; ${again ? `again in ${waitMs} ms` : 'given up'}`);
    if (again) timers.after(waitMs, () => void tryOnce(parcel, onAttempt, retriesDone + 1, false));
  }

  return {
    send,
    deliver: (parcel, onAttempt, how) => tryOnce(parcel, onAttempt, 0, how?.lost ?? false),
    async close() {
      closing.abort();
      await Promise.allSettled(inFlight);
      agents['http:'].destroy();
      agents['https:'].destroy();
    },
  };
}
