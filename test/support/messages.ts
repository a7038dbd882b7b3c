import { Ajv2020, type ValidateFunction } from 'ajv/dist/2020.js';
import formats from 'ajv-formats';
import { describeLive } from '../../server/http/asyncapi.ts';
import { type News, parseFeed } from '../../server/protocol/feeds.ts';
import { wrongs } from './answers.ts';

/** What the live side says, held to its own description. */

export const DESCRIBED = describeLive({ publicUrl: 'https://give.example' });

const ajv = new Ajv2020({ strict: false, validateSchema: false, allErrors: true, inlineRefs: false });
formats.default(ajv);
ajv.addSchema({ $id: 'live', ...DESCRIBED }, 'live');

// All of them now, which takes 2 s: a platform in this process would lose its connections over it.
const validators = new Map<string, ValidateFunction>();
for (const [channel, { messages }] of Object.entries(DESCRIBED.channels)) {
  for (const name of Object.keys(messages)) {
    const validate: ValidateFunction | undefined = ajv.getSchema(
      `live#/channels/${channel}/messages/${name}/payload`,
    );
    if (validate) validators.set(`${channel} ${name}`, validate);
  }
}

/** What is wrong with a message, by channel and place; the empty string if it is as described. */
export function wrongWithMessage(channel: string, name: string, said: unknown): string {
  const validate = validators.get(`${channel} ${name}`);
  if (!validate) return `There is no message ${name} on ${channel}.`;
  if (validate(said)) return '';
  const faults = ajv.errorsText(validate.errors).slice(0, 1_500);
  return `${name} on ${channel}: ${faults}\n${JSON.stringify(said).slice(0, 600)}`;
}

/** The run fails at its end for news that is not as described, whatever the test was about. */
export function holdNews(news: News): void {
  const { kind } = parseFeed(news.feed);
  if (kind === 'revocations') return;
  // As it leaves: what is undefined is not sent. Each event by itself, which says more of what is wrong.
  const said = JSON.parse(JSON.stringify(news)) as News;
  for (const wrong of [
    wrongWithMessage(kind, 'news', { ...said, events: [] }),
    ...said.events.map((event) => wrongWithMessage(kind, event.type, event)),
  ])
    if (wrong) wrongs.add(wrong);
}
