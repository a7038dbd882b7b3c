import express, { type ErrorRequestHandler, type Express } from 'express';
import { control } from './control.ts';
import type { Gateway } from './gateway.ts';
import { html, rupiah, sendPage, wib } from './html.ts';
import { inbox } from './inbox.ts';
import { type IrisOptions, iris } from './iris/iris.ts';
import { type MidtransOptions, midtrans } from './midtrans/midtrans.ts';

const INDEX_ROWS = 50;
/** Two minutes become two seconds, three and a half hours three and a half minutes. */
const RETRY_SCALE = 1 / 60;
const REFUND_CONFIRM_MS = 1_000;
/** A second at the gateway, and a minute at the bank in which somebody may make it end otherwise. */
const PAYOUT_STEP_MS = { process: 1_000, complete: 60_000 };

export type SimulatorOptions = {
  /** Where browsers reach the simulator, e.g. `http://127.0.0.1:3001`: the start of every redirect_url. */
  publicUrl: string;
  midtrans: MidtransOptions;
  /** Where payouts are simulated too. */
  iris?: IrisOptions;
  /** Factor on the gateways' retry delays; 1 is real time. */
  retryScale?: number;
  /** How long after a refund the bank confirms it. */
  refundConfirmMs?: number;
  /** How long after its approval the bank has a payout, and after that until it arrives. */
  payoutStepMs?: { process: number; complete: number };
  /** How long a notification waits for its answer; the gateway's own time (15 s) unless said otherwise. */
  notifyTimeoutMs?: number;
  /** Orders remembered per gateway. */
  ordersMax?: number;
  /** Gets a line for each notification that did not arrive and for each fault of our own. */
  log?: (line: string) => void;
};

/**
 * The gateways' side of the wire, for development and tests: their APIs, payment pages and notifications.
 * State is in memory and gone with the process. The app does not listen; `close` ends every timer,
 * late answer and notification under way, and resolves when none is left.
 */
export function simulator(options: SimulatorOptions): {
  app: Express;
  gateways: readonly Gateway[];
  /** Opens the mail server beside it, which delivers nothing; its address. */
  listenForMail(port?: number, host?: string): Promise<string>;
  close(): Promise<void>;
} {
  const { log = (line: string) => void process.stderr.write(`simulator: ${line}\n`) } = options;
  const shared = {
    publicUrl: options.publicUrl,
    retryScale: options.retryScale ?? RETRY_SCALE,
    log,
    ...(options.notifyTimeoutMs === undefined ? {} : { notifyTimeoutMs: options.notifyTimeoutMs }),
    ...(options.ordersMax === undefined ? {} : { ordersMax: options.ordersMax }),
  };
  const gateways: Gateway[] = [
    midtrans({
      ...shared,
      settings: options.midtrans,
      refundConfirmMs: options.refundConfirmMs ?? REFUND_CONFIRM_MS,
    }),
  ];
  if (options.iris) {
    gateways.push(
      iris({ ...shared, settings: options.iris, payoutStepMs: options.payoutStepMs ?? PAYOUT_STEP_MS }),
    );
  }

  const mail = inbox({ log });
  let hasMail = false;
  const app = express();
  app.disable('x-powered-by');
  app.disable('etag');

  app.get('/', (_req, res) => {
    const rows = gateways
      .flatMap((gateway) => gateway.list({ limit: INDEX_ROWS }))
      .sort((a, b) => b.created_at.localeCompare(a.created_at));
    sendPage(res, {
      title: 'Pembayaran terbaru',
      wide: true,
      body: html`<section>
<h1>Pembayaran terbaru</h1>
${
  rows.length === 0
    ? html`<p class="quiet">Belum ada. Buat pembayaran lewat aplikasi, lalu muat ulang halaman ini.</p>`
    : html`<div class="scroll"><table>
<thead><tr><th>Waktu</th><th>Gateway</th><th>Pesanan</th><th>Cara bayar</th><th class="right">Jumlah</th><th>Status</th><th>Pemberitahuan</th></tr></thead>
<tbody>${rows.map(
        (row) => html`
<tr><td>${wib(Date.parse(row.created_at))}</td><td>${row.gateway}</td><td><a href="${row.page_url}">${row.order_id}</a></td>
<td>${row.method ?? 'belum dipilih'}</td><td class="right">${rupiah(row.amount)}</td><td>${row.status}</td>
<td>${row.notifications.filter((n) => n.delivered).length} dari ${row.notifications.length} sampai</td></tr>`,
      )}</tbody>
</table></div>`
}
<p><a href="/inbox">Kotak surat</a></p>
</section>
${
  options.iris &&
  html`<section>
<h2>Rekening untuk pencairan</h2>
<p>Setiap rekening sudah ada pemiliknya: namanya mengikuti bank dan nomornya, jadi selalu sama. Nomor yang berakhiran 0000 tidak ada pemiliknya.</p>
<p>Nama lain bisa dipasang, atau dihapus dengan <code>null</code>:</p>
<p><code>POST /_control/accounts {"bank": "bca", "number": "8005551234", "holder": "WULAN RAHAYU"}</code></p>
<p class="quiet">Pencairan yang disetujui sampai dalam waktu sekitar satu menit, kecuali halamannya dipakai untuk menggagalkannya.</p>
</section>`
}`,
    });
  });
  app.use('/inbox', mail.router);
  app.use('/_control', control(gateways));
  for (const gateway of gateways) app.use(`/${gateway.name}`, gateway.router);

  app.use((_req, res) => {
    res.status(404).json({ status_code: '404', status_message: 'The requested resource is not found' });
  });
  const fault: ErrorRequestHandler = (error, req, res, _next) => {
    const status = error.status >= 400 && error.status < 500 ? error.status : 500;
    if (status === 500) log(`${req.method} ${req.path}: ${error.stack}`);
    if (res.headersSent) return void res.destroy();
    const message =
      status === 500
        ? 'Sorry, we encountered internal server error. We will fix this soon.'
        : 'The request cannot be processed due to malformed syntax in the request body';
    res.status(status).json({
      status_code: status === 500 ? '500' : '413',
      status_message: message,
      error_messages: [message],
    });
  };
  app.use(fault);

  return {
    app,
    gateways,
    listenForMail(port, host) {
      hasMail = true;
      return mail.listen(port, host);
    },
    async close() {
      if (hasMail) await mail.close();
      await Promise.all(gateways.map((gateway) => gateway.close()));
    },
  };
}
