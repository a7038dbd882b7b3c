import { feedPage } from '../../protocol/schemas/answers/feeds.ts';
import { feedQuery } from '../../protocol/schemas/feeds.ts';
import { byFeed } from '../feeds.ts';
import type { Operation } from './entry.ts';

export const FEEDS: Operation[] = [
  {
    call: 'GET /api/v1/feeds/:feed/events',
    tag: 'Feeds',
    summary: 'Events after a number, or the whole state',
    more: 'Without `since`, with another `epoch`, or too far behind, the answer is the whole `state` as of `head`.',
    who: 'watcher',
    params: byFeed,
    query: feedQuery,
    answers: { 200: feedPage },
    refusals: ['forbidden', 'not-found'],
  },
];
