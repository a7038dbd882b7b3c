import { type Ears, rules } from '../../../client/src/rules.ts';
import type { FeedPage, Head, News } from '../../../server/protocol/feeds.ts';
import type { Refused, Watched } from '../../../server/protocol/sockets.ts';

/** `offline` once an attempt to come back has failed; what is shown then was read over REST. */
export type LineStatus = 'connecting' | 'live' | 'offline';

// As in client/src/feed.ts.
const RETRY_MS_MIN = 500;
const RETRY_MS_MAX = 30_000;
const STEADY_MS = 10_000;
const ANSWER_MS_MAX = 10_000;
/** Until the server has said how long it may be silent. */
const GREETING_MS_MAX = 20_000;
/** From this attempt on nobody waits for the socket any more: each further failure is followed by one read over REST. */
const POLL_FROM_ATTEMPT = 3;

/** Engine.IO 4 and Socket.IO 5 as the server speaks them over a WebSocket: one digit for each, and JSON. */
const OPEN = '0';
const CLOSE = '1';
const PING = '2';
const PONG = '3';
const WELCOME = '40';
const GOODBYE = '41';
const EVENT = '42';
const ANSWER = '43';
const REFUSAL = '44';

/**
 * One public feed over one WebSocket, by the rules of every client, as a guest: what remains of Socket.IO's client where
 * nobody signs in and nothing but text is sent.
 */
export function follow<S, E>({
  site,
  feed,
  from,
  onStatus,
  ...ears
}: Ears<S, E> & {
  /** Origin of the platform. */
  site: string;
  feed: string;
  from: { epoch: string; since: number };
  onStatus(status: LineStatus): void;
}): { pause(): void; resume(): void } {
  let wire: WebSocket | null = null;
  let isWelcome = false;
  let isPaused = false;
  let attempts = 0;
  let welcomeAt = 0;
  let silenceMsMax = GREETING_MS_MAX;
  let silence: ReturnType<typeof setTimeout> | undefined;
  let retry: ReturnType<typeof setTimeout> | undefined;
  /** The question that is open, by its number; an answer to an older one is nobody's. */
  let question = 0;
  let askedFor: ReturnType<typeof setTimeout> | undefined;

  const followed = rules<S, E>(ears, ask, from);

  function ask(): void {
    if (!isWelcome || askedFor !== undefined) return;
    question++;
    wire?.send(`${EVENT}${question}${JSON.stringify(['watch', { feed, ...followed.position() }])}`);
    askedFor = setTimeout(() => lose(), ANSWER_MS_MAX);
  }

  function answered(answer: Watched | Refused): void {
    clearTimeout(askedFor);
    askedFor = undefined;
    if (answer.ok) {
      followed.answer(answer);
    } else if (answer.code === 'unavailable' || answer.code === 'too-many-requests') {
      const waitMs = (answer.retryAfterMs ?? RETRY_MS_MIN) * (1 + Math.random());
      askedFor = setTimeout(() => {
        askedFor = undefined;
        ask();
      }, waitMs);
    }
  }

  function hear(packet: string): void {
    clearTimeout(silence);
    silence = setTimeout(() => lose(), silenceMsMax);
    const kind = packet[0] === '4' ? packet.slice(0, 2) : packet[0];
    const read = () => JSON.parse(packet.slice(packet.search(/[[{]/)));
    if (kind === OPEN) {
      const { pingInterval, pingTimeout } = read() as { pingInterval: number; pingTimeout: number };
      silenceMsMax = pingInterval + pingTimeout;
      wire?.send(`${WELCOME}{"token":null}`);
    } else if (kind === PING) {
      wire?.send(PONG);
    } else if (kind === WELCOME) {
      isWelcome = true;
      welcomeAt = Date.now();
      onStatus('live');
      ask();
    } else if (kind === EVENT) {
      const [name, said] = read() as ['news', News] | ['head', Head] | [string, never];
      if (name === 'news') followed.news(said);
      else if (name === 'head') followed.head(said);
    } else if (kind === ANSWER) {
      if (Number.parseInt(packet.slice(2), 10) === question) answered((read() as [Watched | Refused])[0]);
    } else if (kind === REFUSAL) {
      lose((read() as { data?: Refused }).data?.retryAfterMs);
    } else if (kind === CLOSE || kind === GOODBYE) {
      lose();
    }
  }

  /** A dead connection may not say so for a minute: it is left, not waited for. */
  function leave(): void {
    for (const timer of [silence, askedFor, retry]) clearTimeout(timer);
    askedFor = undefined;
    retry = undefined;
    isWelcome = false;
    if (!wire) return;
    wire.onmessage = wire.onclose = null;
    wire.close();
    wire = null;
  }

  function lose(retryAfterMs?: number): void {
    const wasWelcome = isWelcome;
    leave();
    if (wasWelcome && Date.now() - welcomeAt > STEADY_MS) attempts = 0;
    const waitMs =
      retryAfterMs === undefined
        ? Math.min(RETRY_MS_MAX, RETRY_MS_MIN * 2 ** attempts) * (0.5 + Math.random() / 2)
        : retryAfterMs * (1 + Math.random());
    attempts++;
    onStatus(wasWelcome ? 'connecting' : 'offline');
    retry = setTimeout(open, waitMs);
    // Whatever is wrong with an answer, the next failure asks again.
    if (attempts > POLL_FROM_ATTEMPT) read().catch(() => undefined);
  }

  function open(): void {
    retry = undefined;
    silenceMsMax = GREETING_MS_MAX;
    silence = setTimeout(() => lose(), silenceMsMax);
    wire = new WebSocket(`${site.replace(/^http/, 'ws')}/socket.io/?EIO=4&transport=websocket`);
    wire.onmessage = ({ data }) => hear(data);
    wire.onclose = () => lose();
  }

  async function read(): Promise<void> {
    const { epoch, since } = followed.position();
    const query = since === undefined ? '' : `?epoch=${epoch}&since=${since}`;
    const answer = await fetch(`${site}/api/v1/feeds/${feed}/events${query}`, { credentials: 'omit' });
    if (!answer.ok) return;
    const { state, ...page }: FeedPage = await answer.json();
    // The socket may have come meanwhile, and then knows more.
    if (isWelcome) return;
    followed.answer({ ok: true, ...page, ...(state === undefined ? {} : { state }) });
  }

  open();
  return {
    /** For a page that nobody sees. */
    pause() {
      isPaused = true;
      leave();
    },
    resume() {
      if (!isPaused) return;
      isPaused = false;
      attempts = 0;
      onStatus('connecting');
      open();
    },
  };
}
