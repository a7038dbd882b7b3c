import { expect } from 'chai';
import { keep } from '../../client/src/keep.ts';
import { type CampaignState, type DonationState, WALL_MAX } from '../../server/protocol/feeds.ts';
import { CAMPAIGN, CLAIM, DONATION, gift, type House, openHouse, range } from '../realtime/house.ts';
import { until } from '../support/until.ts';

const campaign = CAMPAIGN as `campaign:${string}`;
const donation = DONATION as `donation:${string}`;

describe('A kept state', () => {
  let house: House;

  beforeEach(async () => {
    house = await openHouse();
  });
  afterEach(() => house.close());

  it('is as the server has it after each event, which is heard beside it once', async () => {
    const seqs: number[] = [];
    let shown: { state: CampaignState; head: number } | undefined;
    keep(house.connect(), campaign, {
      onState: (state, head) => {
        shown = { state, head };
      },
      onEvents: (events) => seqs.push(...events.map(({ seq }) => seq)),
    });
    await until(() => shown);
    for (let i = 1; i <= 5; i++) {
      house.say(CAMPAIGN, gift(`Donor ${i}`));
      await until(() => shown?.head === i);
      expect(shown?.state).to.deep.equal(house.log.state(CAMPAIGN));
    }
    expect(seqs).to.deep.equal([1, 2, 3, 4, 5]);
  });

  it('is asked for again where an event says too little, and no event is lost meanwhile', async () => {
    const seqs: number[] = [];
    let shown: { state: CampaignState; head: number } | undefined;
    keep(house.connect(), campaign, {
      onState: (state, head) => {
        shown = { state, head };
      },
      onEvents: (events) => seqs.push(...events.map(({ seq }) => seq)),
    });
    await until(() => shown);
    house.say(CAMPAIGN, ...range(1, WALL_MAX + 1).map(() => gift()));
    await until(() => shown?.head === WALL_MAX + 1);
    // The wall was full: which gift moves up is known only to the house, once it has read it.
    const { id } = shown?.state.wall[3] ?? { id: '' };
    house.say(CAMPAIGN, { type: 'donation.hidden', data: { id } });
    house.say(CAMPAIGN, gift('Beni'));
    await until(() => shown?.head === WALL_MAX + 3);
    expect(shown?.state).to.deep.equal(house.log.state(CAMPAIGN));
    expect(seqs).to.deep.equal(range(1, WALL_MAX + 3));
    house.say(CAMPAIGN, gift('Citra'));
    await until(() => shown?.state.wall[0]?.name === 'Citra');
    expect(seqs.at(-1)).to.equal(WALL_MAX + 4);
  });

  it('has the right sum at once when gifts are left out under load, and the whole wall soon after', async () => {
    let elided = 0;
    let shown: { state: CampaignState; head: number } | undefined;
    const sums: [head: number, raised: number][] = [];
    keep(house.connect(), campaign, {
      onState: (state, head) => {
        shown = { state, head };
        sums.push([head, state.totals.raised.amount]);
      },
      onEvents: (_, info) => {
        elided += info.elided;
      },
    });
    await until(() => shown);
    house.say(CAMPAIGN, ...range(1, 900).map(() => gift()));
    await until(() => shown?.head === 900 && shown.state.wall.length === WALL_MAX);
    await until(() => JSON.stringify(shown?.state) === JSON.stringify(house.log.state(CAMPAIGN)));
    expect(elided).to.be.greaterThan(100);
    for (const [head, raised] of sums) expect(raised).to.equal(head * 10_000);
  });

  it('opens to the holder of a claim, and is silent once it is closed', async () => {
    const states: DonationState[] = [];
    const refused: string[] = [];
    const connection = house.connect();
    const own = keep(connection, donation, { claimToken: CLAIM, onState: (state) => states.push(state) });
    keep(house.connect(), donation, {
      onState: () => expect.fail('without a claim'),
      onRefused: (code) => refused.push(code),
    });
    await until(() => states.length === 1 && refused.length === 1);
    expect(refused).to.deep.equal(['unauthenticated']);
    house.say(DONATION, { type: 'donation.paid', data: { paidAt: '2026-08-01T00:00:00.000Z' } });
    await until(() => states.length === 2);
    own.close();
    house.say(DONATION, { type: 'donation.paid', data: { paidAt: '2026-08-01T00:00:00.000Z' } });
    let head = 0;
    connection.watch(donation, {
      claimToken: CLAIM,
      onState: (_, at) => {
        head = at;
      },
      onEvents: () => undefined,
    });
    await until(() => head === 2);
    expect(states).to.have.length(2);
  });
});
