import { Counter, Gauge, Histogram, type Registry } from 'prom-client';

export type Metrics = ReturnType<typeof metrics>;

/** The live layer's figures, all of them there from the start with 0. */
export function metrics(registry: Registry) {
  const registers = [registry];
  const counter = (name: string, help: string): Counter => new Counter({ name, help, registers });
  const gauge = (name: string, help: string): Gauge => new Gauge({ name, help, registers });
  const refusals = new Counter({
    name: 'realtime_refusals_total',
    help: 'Handshakes and requests refused, by code.',
    labelNames: ['code'],
    registers,
  });
  const healed = new Counter({
    name: 'realtime_gaps_healed_total',
    help: 'Events that did not come in their turn, by where they came from: `bus` late, `database` read, `state` told by a state alone.',
    labelNames: ['source'],
    registers,
  });
  for (const source of ['bus', 'database', 'state']) healed.inc({ source }, 0);
  const commitToSend = new Histogram({
    name: 'realtime_commit_to_send_seconds',
    help: "From an event's time, which the database's clock gives just before the commit, to its frame by this machine's clock.",
    buckets: [0.005, 0.01, 0.025, 0.05, 0.1, 0.15, 0.25, 0.5, 1, 2.5, 5, 10],
    registers,
  });
  return {
    connections: gauge('realtime_connections', 'Open connections.'),
    watchers: gauge('realtime_watchers', 'Feeds watched, summed over all sockets.'),
    followers: gauge('realtime_followers', 'Feeds followed by this process.'),
    frames: counter('realtime_frames_total', 'Frames encoded, each once for all watchers of a feed.'),
    frameBytes: counter(
      'realtime_frame_bytes_total',
      'Bytes of those frames as one watcher is sent them; divided by the frames, the size of one.',
    ),
    events: counter('realtime_events_total', 'Events applied.'),
    thinned: counter(
      'realtime_thinned_events_total',
      'Events of public feeds whose bodies were left out under load, each counted once.',
    ),
    healed,
    commitToSend,
    leaps: counter('realtime_leaps_total', 'States sent in place of events after a gap or a new epoch.'),
    slowCloses: counter('realtime_slow_closes_total', 'Connections closed because they read too slowly.'),
    drained: counter('realtime_drained_total', 'Connections let go because this process shuts down.'),
    floods: counter('realtime_floods_total', 'Connections closed because they sent too much.'),
    revoked: counter(
      'realtime_revoked_total',
      'Connections closed because their session was revoked, or they left a team.',
    ),
    faults: counter('realtime_faults_total', 'Errors of our own, each one logged.'),
    refusals,
  };
}
