import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { Router } from 'express';
import { simpleParser } from 'mailparser';
import { SMTPServer } from 'smtp-server';
import { html, sendPage, wib } from './html.ts';

const KEPT_MAX = 200;
const MAIL_BYTES_MAX = 1024 * 1024;

export type ReceivedMail = {
  id: number;
  at: number;
  to: string;
  subject: string;
  text: string;
  html: string;
};

/** A mail server that delivers nothing and shows everything: whatever is sent to it can be read under /inbox. */
export function inbox({ log }: { log: (line: string) => void }) {
  let mails: ReceivedMail[] = [];
  let last = 0;
  const server = new SMTPServer({
    authOptional: true,
    disabledCommands: ['STARTTLS', 'AUTH'],
    size: MAIL_BYTES_MAX,
    logger: false,
    onData(stream, session, done) {
      simpleParser(stream).then((mail) => {
        last += 1;
        mails = [
          {
            id: last,
            at: Date.now(),
            to: session.envelope.rcptTo.map(({ address }) => address).join(', '),
            subject: mail.subject ?? '',
            text: mail.text ?? '',
            html: typeof mail.html === 'string' ? mail.html : '',
          },
          ...mails,
        ].slice(0, KEPT_MAX);
        done();
      }, done);
    },
  });
  server.on('error', (fault) => log(`inbox: ${fault.message}`));

  const router = Router();
  router.get('/', (_req, res) => {
    sendPage(res, {
      title: 'Kotak surat',
      wide: true,
      body: html`<section>
<h1>Kotak surat</h1>
${
  mails.length === 0
    ? html`<p class="quiet">Belum ada surel. Semua yang dikirim aplikasi ini akan tampil di sini.</p>`
    : html`<div class="scroll"><table>
<thead><tr><th>Waktu</th><th>Kepada</th><th>Perihal</th></tr></thead>
<tbody>${mails.map(
        ({ id, at, to, subject }) =>
          html`<tr><td>${wib(at)}</td><td>${to}</td><td><a href="/inbox/${id}">${subject}</a></td></tr>`,
      )}</tbody></table></div>`
}
<p><a href="/">Pembayaran</a></p>
</section>`,
    });
  });
  // For tests and scripts.
  router.get('/messages.json', (_req, res) => {
    res.set('cache-control', 'no-store').json({ messages: mails });
  });
  router.get('/:id', (req, res) => {
    const mail = mails.find(({ id }) => String(id) === req.params.id);
    if (!mail)
      return sendPage(res, { status: 404, title: 'Tidak ada', body: html`<p>Surel ini tidak ada.</p>` });
    sendPage(res, {
      title: mail.subject,
      wide: true,
      body: html`<section>
<p><a href="/inbox">Kotak surat</a></p>
<h1>${mail.subject}</h1>
<p class="quiet">${wib(mail.at)}, kepada ${mail.to}</p>
<iframe title="Surel sebagai HTML" src="/inbox/${mail.id}/html" sandbox="allow-popups allow-popups-to-escape-sandbox" style="width:100%;height:640px;border:1px solid var(--line);border-radius:14px;background:#fff"></iframe>
<h2>Sebagai teks</h2>
<pre style="white-space:pre-wrap;overflow-wrap:anywhere">${mail.text}</pre>
</section>`,
    });
  });
  router.get('/:id/html', (req, res) => {
    const mail = mails.find(({ id }) => String(id) === req.params.id);
    res
      .status(mail ? 200 : 404)
      .set(
        'content-security-policy',
        "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'; sandbox allow-popups allow-popups-to-escape-sandbox",
      )
      .set('cache-control', 'no-store')
      .type('html')
      .send(mail?.html ?? '');
  });

  return {
    router,
    /** Takes mail at this port of loopback (0: any that is free); its address. */
    async listen(port = 0, host = '127.0.0.1'): Promise<string> {
      const listening = server.listen(port, host);
      await once(listening, 'listening');
      return `smtp://${host}:${(listening.address() as AddressInfo).port}`;
    },
    close: (): Promise<void> => new Promise((resolve) => server.close(() => resolve())),
  };
}
