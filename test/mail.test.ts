import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { type AddressInfo, createServer, type Server, type Socket } from 'node:net';
import { expect } from 'chai';
import { type ParsedMail, simpleParser } from 'mailparser';
import { SMTPServer, type SMTPServerOptions } from 'smtp-server';
import { acting } from '../server/db/open.ts';
import { create } from '../server/domain/campaigns/create.ts';
import { edit } from '../server/domain/campaigns/edit.ts';
import { review } from '../server/domain/campaigns/review.ts';
import { stories } from '../server/domain/campaigns/stories.ts';
import { submit } from '../server/domain/campaigns/submit.ts';
import { receiver } from '../server/domain/donations/receive.ts';
import { amountInWords } from '../server/domain/mail/amount-in-words.ts';
import { composer } from '../server/domain/mail/compose.ts';
import { letter } from '../server/domain/mail/letter.ts';
import { ATTEMPTS_MAX, sendDue } from '../server/domain/mail/send.ts';
import { follow } from '../server/domain/updates/follow.ts';
import { mailUpdates } from '../server/domain/updates/mail.ts';
import { postUpdate } from '../server/domain/updates/post.ts';
import { openMailer } from '../server/mailer.ts';
import { rupiah } from '../server/protocol/money.ts';
import { liveCampaign, openHouse, person, pledged, type TestHouse } from './support/house.ts';
import { said } from './support/notices.ts';
import { until } from './support/until.ts';

/** A mail server that keeps what it takes; `mood` says how it answers a recipient or a text. */
async function mailServer() {
  const mails: ParsedMail[] = [];
  const mood = { recipient: 0, text: 0, hangUp: false };
  const refusal = (code: number) => Object.assign(new Error('not now'), { responseCode: code });
  const sockets = new Set<Socket>();
  const options: SMTPServerOptions = {
    authOptional: true,
    disabledCommands: ['STARTTLS', 'AUTH'],
    logger: false,
    onRcptTo: (_address, _session, done) => done(mood.recipient ? refusal(mood.recipient) : null),
    onData(stream, _session, done) {
      void simpleParser(stream).then((mail) => {
        if (mood.text) return done(refusal(mood.text));
        mails.push(mail);
        // It has taken the mail, and nobody hears so.
        if (mood.hangUp) for (const socket of sockets) socket.destroy();
        else done();
      });
    },
  };
  const server = new SMTPServer(options);
  server.on('error', () => {});
  const listening = server.listen(0, '127.0.0.1') as Server;
  listening.on('connection', (socket: Socket) => sockets.add(socket));
  await once(listening, 'listening');
  return {
    url: `smtp://127.0.0.1:${(listening.address() as AddressInfo).port}`,
    mails,
    mood,
    close: () => new Promise<void>((resolve) => server.close(() => resolve())),
  };
}

describe('mail', () => {
  let house: TestHouse;
  let server: Awaited<ReturnType<typeof mailServer>>;
  const ended: string[] = [];

  before(async () => {
    house = await openHouse();
    server = await mailServer();
  });
  after(async () => {
    await server.close();
    await house.close();
  });
  beforeEach(async () => {
    server.mails.length = 0;
    Object.assign(server.mood, { recipient: 0, text: 0, hangUp: false });
    ended.length = 0;
    await acting(house.db, 'system', 'test', (tx) => tx.none('delete from sk.outbox'));
  });

  const PUBLIC_URL = 'https://sangkuriang.test';
  const send = (url = server.url) =>
    sendDue({
      db: house.db,
      mailer: openMailer({ url, from: 'Sangkuriang <no-reply@sangkuriang.test>', host: 'sangkuriang.test' }),
      compose: composer({
        db: house.db,
        publicUrl: PUBLIC_URL,
        giftPage: (id) => `${PUBLIC_URL}/d/${id}#claim`,
        openReset: async () => null,
        verificationOf: () => 'token',
        unsubscribingOf: () => 'stop',
      }),
      onMail: (_template, how) => ended.push(how),
    });
  const rows = () =>
    acting(house.db, 'system', 'test', (tx) =>
      tx.any<{ status: string; attempts: number; reason: string | null }>(
        'select status, attempts, reason from sk.outbox order by id',
      ),
    );
  const dueNow = () =>
    acting(house.db, 'system', 'test', (tx) =>
      tx.none("update sk.outbox set due_at = now() where status = 'queued'"),
    );
  const queued = async (count = 1): Promise<void> => {
    const { userId } = await person(house.db, 'Wayan');
    await acting(house.db, 'system', 'test', (tx) =>
      tx.outbox.queue(
        Array.from({ length: count }, (_, i) => ({
          key: `test:${userId}:${i}`,
          userId,
          template: 'password-changed',
        })),
      ),
    );
  };

  describe('goes out', () => {
    it('once, though two processes send at the same time', async () => {
      await queued(40);
      await Promise.all([send(), send(), send()]);
      expect(server.mails).to.have.length(40);
      expect(new Set(server.mails.map(({ messageId }) => messageId)).size).to.equal(40);
      expect(new Set((await rows()).map(({ status }) => status))).to.deep.equal(new Set(['sent']));
    });

    it('once, though it is queued twice under one key', async () => {
      const mail = { key: 'the-same', to: 'ada@example.org', template: 'password-changed' };
      for (let i = 0; i < 2; i += 1)
        await acting(house.db, 'system', 'test', (tx) => tx.outbox.queue([mail, mail]));
      await send();
      expect(server.mails).to.have.length(1);
    });

    it('again later, where the mail server was not there or said "not now", and with a growing wait', async () => {
      await queued();
      const nowhere = createServer().listen(0, '127.0.0.1');
      await once(nowhere, 'listening');
      const { port } = nowhere.address() as AddressInfo;
      nowhere.close();
      await send(`smtp://127.0.0.1:${port}`);
      expect(ended).to.deep.equal(['again']);
      server.mood.recipient = 451;
      await dueNow();
      await send();
      server.mood.recipient = 0;
      server.mood.text = 452;
      await dueNow();
      await send();
      expect(ended).to.deep.equal(['again', 'again', 'again']);
      await send();
      expect(ended, 'it waits first').to.have.length(3);
      const [wait] = await acting(house.db, 'system', 'test', (tx) =>
        tx.any<{ s: number }>('select extract(epoch from due_at - now())::float as s from sk.outbox'),
      );
      expect(wait?.s).to.be.within(30, 80);
      server.mood.text = 0;
      await dueNow();
      await send();
      expect(server.mails).to.have.length(1);
      expect((await rows())[0]).to.include({ status: 'sent', attempts: 4 });
    });

    it('never again, where the mail server says that it never will', async () => {
      await queued();
      server.mood.recipient = 550;
      await send();
      expect((await rows())[0]?.status).to.equal('failed');
      expect(server.mails).to.deep.equal([]);
    });

    it('again later, where the mail server turns everybody away: that says nothing about this mail', async () => {
      await queued();
      const closed = createServer((socket) => void socket.end('554 no service here\r\n')).listen(
        0,
        '127.0.0.1',
      );
      await once(closed, 'listening');
      await send(`smtp://127.0.0.1:${(closed.address() as AddressInfo).port}`);
      closed.close();
      expect((await rows())[0]?.status).to.equal('queued');
    });

    it('no more than so many times', async () => {
      await queued();
      server.mood.recipient = 451;
      for (let i = 0; i < ATTEMPTS_MAX; i += 1) {
        await dueNow();
        await send();
      }
      expect((await rows())[0]).to.include({ status: 'failed', attempts: ATTEMPTS_MAX });
    });

    it('not twice, where the mail server took it and died before it could say so', async () => {
      await queued();
      server.mood.hangUp = true;
      await send();
      expect(server.mails).to.have.length(1);
      expect((await rows())[0]?.status).to.equal('unknown');
      server.mood.hangUp = false;
      await dueNow();
      await send();
      expect(server.mails).to.have.length(1);
    });

    it('not twice, where the sender died in the middle: a person decides', async () => {
      await queued();
      await acting(house.db, 'system', 'test', (tx) => tx.outbox.take({ limit: 1, leaseSeconds: 0 }));
      await until(async () => {
        await send();
        return (await rows())[0]?.status === 'unknown';
      });
      expect(server.mails).to.deep.equal([]);
    });
  });

  describe('of a gift', () => {
    it('is a receipt with the amount in words and the permit, in the donor’s language', async () => {
      const campaign = await liveCampaign(house);
      await acting(house.db, 'system', 'test', (tx) =>
        tx.none("update sk.campaigns set permit_number = '123/HUK-PS/2026' where id = $1", campaign.id),
      );
      const gift = await pledged(house, campaign.id, {
        amount: 150_000,
        tip: rupiah(5_000),
        donor: { name: 'Ibu Sri & Keluarga <3', email: 'sri@example.org' },
      });
      const silent = await pledged(house, campaign.id, { amount: 20_000 });
      const { receive, idle } = receiver({ ...house, ask: () => {} });
      await receive([said(house, gift), said(house, silent)]);
      await receive([said(house, { ...gift, id: 'again' })]);
      await idle();
      await send();
      const receipts = server.mails.filter(({ subject }) => subject?.startsWith('Tanda terima'));
      expect(receipts).to.have.length(1);
      const [mail] = receipts;
      expect(mail?.to).to.deep.include({ text: 'sri@example.org' });
      for (const words of [
        'Rp150.000',
        'seratus lima puluh ribu rupiah',
        'Rp155.000',
        '123/HUK-PS/2026',
        'Warga Dusun Lasori',
        gift.reference,
        `${PUBLIC_URL}/d/${gift.donationId}#claim`,
        'Ibu Sri & Keluarga <3',
        'WIB',
      ])
        expect(mail?.text, words).to.contain(words);
      expect(mail?.html).to.contain('Ibu Sri &amp; Keluarga &lt;3').and.not.to.contain('<3');
      expect(mail?.attachments).to.deep.equal([]);
    });
  });

  describe('about a campaign', () => {
    it('tells a follower what happened, and mail programs where one click stops it', async () => {
      const rendering = stories();
      const { id: campaignId, owner } = await liveCampaign(house);
      const now = () => new Date();
      const reader = await person(house.db, 'Ayu');
      await follow({ db: house.db, now }, reader, { campaignId, locale: 'en' });
      await postUpdate({ ...house, now, stories: rendering }, owner, {
        id: randomUUID(),
        campaignId,
        request: { title: 'Tiang pertama', text: 'Sudah **berdiri** & kuat.', pictureIds: [] },
      });
      await acting(house.db, 'system', 'test', (tx) => tx.none('delete from sk.outbox'));
      await mailUpdates({ db: house.db, now });
      await send();
      expect(server.mails).to.have.length(1);
      const [mail] = server.mails;
      expect(mail?.text).to.contain('Sudah berdiri & kuat.').and.to.contain(`${PUBLIC_URL}/unsubscribe#stop`);
      const header = (name: string) =>
        mail?.headerLines.find(({ key }) => key === name)?.line.replace(/\r?\n\s*/g, ' ');
      expect(header('list-unsubscribe')).to.contain(`<${PUBLIC_URL}/api/v1/unsubscribe?token=stop>`);
      expect(header('list-unsubscribe-post')).to.contain('List-Unsubscribe=One-Click');
      await rendering.close();
    });

    it('tells its team what was decided, and why', async () => {
      const rendering = stories();
      const owner = await person(house.db, 'Budi');
      const moderator = await person(house.db, 'Citra', 'moderator');
      const now = () => new Date();
      const open = { ...house, now, stories: rendering };
      const id = await create(open, owner, {
        title: 'Sumur untuk dusun di atas bukit',
        story: 'Warga berjalan dua jam setiap pagi untuk mengambil air dari mata air di lembah.',
        category: 'air-bersih',
        goal: rupiah(10_000_000),
        endsOn: new Date(Date.now() + 20 * 86_400_000).toISOString().slice(0, 10),
        timezone: 'Asia/Jakarta',
        beneficiary: 'Warga dusun',
      });
      await submit(open, owner, id);
      await review(open, moderator, id, {
        decision: 'reject',
        note: 'Tolong sebutkan siapa yang menggali sumur.',
      });
      await send();
      expect(server.mails[0]?.text).to.contain('Tolong sebutkan siapa yang menggali sumur.');
      expect(server.mails[0]?.text).to.contain(`${PUBLIC_URL}/studio/${id}`);
      await edit(open, owner, id, { beneficiary: 'Warga dusun Bukitlama' });
      await submit(open, owner, id);
      await review(open, moderator, id, { decision: 'approve', note: '' });
      await send();
      expect(server.mails[1]?.subject).to.equal(
        'Kampanye Anda sudah terbit: Sumur untuk dusun di atas bukit',
      );
      expect(server.mails[1]?.text).to.match(/\/c\/sumur-untuk-dusun/);
      await rendering.close();
    });
  });

  it('holds nothing that somebody else can put into its head', () => {
    const { subject } = letter(
      { subject: 'Halo\r\nBcc: all@example.org', heading: '', paragraphs: [], because: '' },
      'id',
    );
    expect(subject).to.equal('Halo Bcc: all@example.org');
  });

  it('is seen by the system alone', async () => {
    await queued();
    const seen = await acting(house.db, (await person(house.db, 'Ada')).userId, 'test', (tx) =>
      tx.any('select * from sk.outbox'),
    );
    expect(seen).to.deep.equal([]);
  });
});

describe('an amount in words', () => {
  const cases: [bigint, string, string][] = [
    [0n, 'nol', 'zero'],
    [1_000n, 'seribu', 'one thousand'],
    [1_100n, 'seribu seratus', 'one thousand one hundred'],
    [11_000n, 'sebelas ribu', 'eleven thousand'],
    [15_500n, 'lima belas ribu lima ratus', 'fifteen thousand five hundred'],
    [100_000n, 'seratus ribu', 'one hundred thousand'],
    [101_001n, 'seratus satu ribu satu', 'one hundred one thousand one'],
    [150_000n, 'seratus lima puluh ribu', 'one hundred fifty thousand'],
    [1_000_000n, 'satu juta', 'one million'],
    [
      2_345_678n,
      'dua juta tiga ratus empat puluh lima ribu enam ratus tujuh puluh delapan',
      'two million three hundred forty-five thousand six hundred seventy-eight',
    ],
    [1_000_000_000n, 'satu miliar', 'one billion'],
    [50_000_000n, 'lima puluh juta', 'fifty million'],
  ];
  for (const [amount, indonesian, english] of cases) {
    it(`says ${amount}`, () => {
      expect(amountInWords(amount, 'id')).to.equal(`${indonesian} rupiah`);
      expect(amountInWords(amount, 'en')).to.equal(`${english} rupiah`);
    });
  }
});
