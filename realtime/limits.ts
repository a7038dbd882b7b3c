/** Everything of the live layer that can grow or wait, by name. Times in milliseconds, sizes in bytes. */

/** How long two servers' commits may arrive crossed before the database is asked for what is missing. */
export const GAP_WAIT_MS = 20;
/** One query compares the heads of all followed feeds this often: how late a lost message can be. */
export const COMPARE_EVERY_MS = 1_000;
/** The same while the bus is known to bring nothing. */
export const COMPARE_UNHEARD_MS = 250;
/** A read that has not answered by now counts as failed; the next comparison tries again. */
export const SOURCE_MS_MAX = 5_000;
/** Events of one feed kept in memory for those who come back. */
export const RING_MAX = 500;
/** Read at the start; the rest of what one answer may carry is room for what is said while it is read. */
export const RING_AT_START = 400;
/** News that is ahead of its turn, kept while the gap before it closes. */
export const AHEAD_MAX = 200;
/** How long a feed that nobody watches any more is followed: a reload or a reconnect finds it warm. */
export const RELEASE_MS = 30_000;
/** Feeds followed at once by this process. */
export const FOLLOWERS_MAX = 2_000;

/**
 * Gathering is where the speed is: under load one frame leaves in this time, with all that came meanwhile. Events
 * that come now and then leave at once, as many as FRAMES_AT_ONCE.
 */
export const FRAME_MS = 100;
export const FRAMES_AT_ONCE = 3;
/** Bodies in one frame; more than these leave as several frames. */
export const FRAME_EVENTS_MAX = 100;

/** Up to this rate every event of a public feed is sent. The burst is a batch of gifts that were booked together. */
export const WHOLE_EVENTS_PER_S = 120;
export const WHOLE_EVENTS_BURST = 240;
/** Above it, a frame of a public feed holds so many gifts, half of them the largest, and leaves this often. */
export const THIN_GIFTS = 10;
export const THIN_FRAME_MS = 160;
/** While gifts are left out the whole state is repeated this often, if the bytes below allow it. */
export const THIN_STATE_EVERY_MS = 3_000;
/** Nothing was left out for this long: the burst is over, and the whole state is owed. */
export const THIN_OVER_MS = 500;
/** Gifts that wait for a public frame before the smaller and older ones of them are forgotten. */
export const THIN_WAITING_MAX = 1_000;
/** Other events in one public frame, which are never left out one by one; with more of them the state stands for all. */
export const THIN_OTHERS_MAX = 300;

/** What one watcher of a public feed is sent in the long run, states included. The burst is what a quiet feed saved. */
export const PUBLIC_BYTES_PER_S = 32_000;
export const PUBLIC_BYTES_BURST = 64_000;
/** Kept back for frames when a state is sent in the middle of a burst. */
export const PUBLIC_BYTES_RESERVE = 8_000;
/** A feed that has been silent this long repeats its head, so that a lost last event is noticed. */
export const HEARTBEAT_MS = 5_000;

/** Inbound: no request comes near this size. */
export const MESSAGE_BYTES_MAX = 16_384;
export const PING_EVERY_MS = 25_000;
export const PONG_MS_MAX = 20_000;
/** Time to say which token one comes with, after the connection stands. */
export const GREETING_MS_MAX = 10_000;
export const TOKEN_LENGTH_MAX = 4_096;

/** Requests of one socket. The burst lets a client that comes back ask for all of its feeds at once. */
export const REQUESTS_PER_S = 10;
export const REQUESTS_BURST = 60;
/** Packets of any kind of one connection; more than this is a flood and ends it. */
export const PACKETS_PER_S = 50;
export const PACKETS_BURST = 250;

export const CONNECTIONS_MAX = 15_000;
/** Mobile carriers put hundreds of phones behind one IPv4 address. An IPv6 customer has a /64. */
export const CONNECTIONS_PER_ADDRESS_MAX = 500;
/** Beyond the bounds above a connection is refused with a reason; beyond bound × this it is cut unheard. */
export const UNHEARD_FACTOR = 1.2;

/** How often those who watch a team's feed are asked for anew. */
export const RECHECK_EVERY_MS = 20_000;
/** Revoked sessions remembered while their tokens might still be valid. */
export const REVOKED_MAX = 50_000;

/** What may wait to be sent to one connection before it counts as too slow and is closed to catch up later. */
export const OUTPUT_BYTES_MAX = 1_000_000;
export const OUTPUT_PACKETS_MAX = 1_000;
/** How often it is looked for readers who are too slow. */
export const SLOW_CHECK_MS = 500;
/** A closed connection that has not gone by itself after this long is cut. */
export const FAREWELL_MS = 2_000;

/** When to ask again, before the client's own jitter. */
export const RETRY_MS = 1_000;
export const FULL_RETRY_MS = 10_000;

/** Over how long a shutdown spreads its farewells, and in what steps. */
export const DRAIN_MS = 5_000;
export const DRAIN_STEP_MS = 100;
