import express, { type Request, Router } from 'express';
import Joi from 'joi';
import type { Outcome } from '../gateway.ts';
import { type Html, html, raw, rupiah, sendPage, wib } from '../html.ts';
import { qrPicture } from '../qr.ts';
import { statusCode } from './body.ts';
import type { Method } from './methods.ts';
import { ACTIONS, type Entry, type Orders } from './orders.ts';
import type { Session, Status, Transaction } from './transaction.ts';

const formSchema = Joi.object<{ action: string; method?: string }, true>({
  action: Joi.string()
    .valid(...ACTIONS)
    .required(),
  method: Joi.string().max(50),
});

const RESULTS: Record<Status, { title: string; text: string; tone: 'good' | 'bad' | '' }> = {
  pending: { title: 'Menunggu pembayaran', text: '', tone: '' },
  authorize: { title: 'Kartu disetujui', text: 'Dana ditahan, belum ditarik.', tone: '' },
  capture: { title: 'Pembayaran berhasil', text: 'Kartu sudah ditarik.', tone: 'good' },
  settlement: {
    title: 'Pembayaran berhasil',
    text: 'Tidak ada lagi yang perlu dilakukan di sini.',
    tone: 'good',
  },
  deny: { title: 'Pembayaran ditolak', text: 'Tidak ada dana yang ditarik.', tone: 'bad' },
  failure: { title: 'Pembayaran gagal', text: 'Tidak ada dana yang ditarik.', tone: 'bad' },
  cancel: { title: 'Pembayaran dibatalkan', text: 'Tidak ada dana yang ditarik.', tone: 'bad' },
  expire: { title: 'Waktu pembayaran habis', text: 'Tidak ada dana yang ditarik.', tone: 'bad' },
  refund: { title: 'Dana dikembalikan', text: 'Seluruh pembayaran dikembalikan.', tone: '' },
  partial_refund: { title: 'Sebagian dana dikembalikan', text: '', tone: '' },
  chargeback: { title: 'Pembayaran disanggah', text: 'Bank menarik kembali dananya.', tone: 'bad' },
  partial_chargeback: { title: 'Sebagian pembayaran disanggah', text: '', tone: 'bad' },
};

/** The merchant's return address with what Midtrans hangs on it; undefined when it is no web address. */
export function finishUrl(transaction: Transaction): string | undefined {
  const { finishUrl: base, orderId } = transaction.order;
  if (!base || !URL.canParse(base)) return undefined;
  const url = new URL(base);
  if (url.protocol !== 'https:' && url.protocol !== 'http:') return undefined;
  url.searchParams.set('order_id', orderId);
  url.searchParams.set('status_code', statusCode(transaction, 'notification'));
  url.searchParams.set('transaction_status', transaction.status);
  return url.href;
}

const digitsInGroups = (text: string) => text.replace(/(\d{4})(?=\d)/g, '$1 ');

function number(details: Record<string, unknown>): { label: string; text: string } | undefined {
  const { va_numbers, permata_va_number, bill_key, biller_code, payment_code } = details;
  if (Array.isArray(va_numbers)) return { label: 'Nomor virtual account', text: va_numbers[0].va_number };
  if (permata_va_number) return { label: 'Nomor virtual account', text: String(permata_va_number) };
  if (bill_key) return { label: `Kode perusahaan ${biller_code}, kode bayar`, text: String(bill_key) };
  if (payment_code) return { label: 'Kode bayar', text: String(payment_code) };
  return undefined;
}

/** What the customer would look at: a picture, a number, the name of a wallet. */
function face(method: Method, transaction: Transaction | undefined): Html {
  if (transaction && (method.face === 'qr' || transaction.paymentType === 'qris')) {
    const hint =
      method.face === 'qr'
        ? 'Di sini donatur memindai dengan aplikasi bank atau dompet digital.'
        : 'Di sini donatur memindai dengan GoPay.';
    return html`${raw(qrPicture(transaction.transactionId))}<p class="quiet">${hint}</p>`;
  }
  const shown = transaction && number(transaction.details);
  if (shown) {
    return html`<p class="quiet">${shown.label}</p><p class="number">${digitsInGroups(shown.text)}</p>`;
  }
  if (method.face === 'wallet')
    return html`<p class="quiet">Buka aplikasi</p><p class="number">${method.label}</p>`;
  if (method.face === 'card')
    return html`<p class="quiet">Kartu uji</p><p class="number">4811 1111 1111 1114</p>`;
  return html`<p class="number">${method.label}</p>`;
}

/** The customer's side of Snap: a page for each token, and a form that makes the payment happen. */
export function page({ orders, merchantName }: { orders: Orders; merchantName: string }): Router {
  const router = Router();
  const path = '/v3/redirection/:token';

  function head(session: Session, transaction: Transaction | undefined): Html {
    const { order } = session;
    const items = order.items.map(({ name, quantity }) => (quantity > 1 ? `${name} × ${quantity}` : name));
    return html`<h1>Pembayaran kepada ${merchantName}</h1>
${items.length > 0 && html`<p class="quiet">${items.join(', ')}</p>`}
<p class="money">${rupiah(transaction?.grossAmount ?? order.amount)}</p>
${transaction && transaction.fee > 0 && html`<p class="quiet">Termasuk biaya layanan ${rupiah(transaction.fee)}</p>`}
<p class="quiet">Nomor pesanan <code>${order.orderId}</code></p>`;
  }

  function form(session: Session, transaction: Transaction | undefined): Html {
    const { enabled } = session.order;
    const method = transaction?.method ?? (enabled.length === 1 ? enabled[0] : undefined);
    const until = transaction?.expiresAt ?? session.expiresAt;
    return html`${method && html`<h2>${method.label}</h2><div class="face">${face(method, transaction)}</div>`}
<form method="post">
${
  !method &&
  html`<label for="method">Cara bayar</label>
<select id="method" name="method">
${enabled.map((m) => html`<option value="${m.name}">${m.label}</option>`)}
</select>`
}
<p class="quiet">Bayar sebelum ${wib(until)}. Pilih apa yang terjadi:</p>
<button class="main" name="action" value="pay">Bayar ${rupiah(transaction?.grossAmount ?? session.order.amount)}</button>
<button class="half" name="action" value="fail">Gagalkan</button>
<button class="half" name="action" value="expire">Kedaluwarsakan</button>
<button name="action" value="cancel">Batalkan</button>
</form>`;
  }

  function result(transaction: Transaction): Html {
    const { title, text, tone } = RESULTS[transaction.status];
    const back = finishUrl(transaction);
    return html`<p class="status ${tone}" role="status">${title}</p>
<p>${text}</p>
<p class="quiet">${transaction.method.label}, status <code>${transaction.status}</code></p>
${back && html`<a class="button main" href="${back}">Kembali ke ${merchantName}</a>`}`;
  }

  function show(
    res: express.Response,
    entry: Entry,
    session: Session,
    problem?: { status: number; text: string },
  ) {
    const { transaction } = entry;
    const over = !transaction && Date.now() >= session.expiresAt;
    const open = !over && (!transaction || transaction.status === 'pending');
    let rest: Html;
    if (over) rest = html`<p class="status bad" role="status">Halaman pembayaran ini sudah kedaluwarsa</p>`;
    else if (!open && transaction) rest = result(transaction);
    else rest = form(session, transaction);
    sendPage(res, {
      status: problem?.status ?? 200,
      title: `Bayar ${rupiah(session.order.amount)}`,
      body: html`<section>${head(session, transaction)}</section>
<section>${problem && html`<p class="bad" role="alert">${problem.text}</p>`}${rest}</section>`,
    });
  }

  const notFound = (res: express.Response) =>
    sendPage(res, {
      status: 404,
      title: 'Tidak ditemukan',
      body: html`<section><h1>Pembayaran tidak ditemukan</h1><p>Simulator hanya mengingat pembayaran sejak dinyalakan.</p></section>`,
    });

  router.get(path, (req, res) => {
    const found = orders.page(req.params.token);
    if (!found) return notFound(res);
    const { entry, session } = found;
    const [only, ...others] = session.order.enabled;
    // With one method there is nothing to choose: opening the page chooses it, as Snap does. A card is not
    // pending before it is entered, and a HEAD request is nobody looking.
    const chooses = only && others.length === 0 && only.face !== 'card' && req.method === 'GET';
    if (chooses && !entry.transaction && Date.now() < session.expiresAt) {
      orders.choose(entry, session, only, isDesktop(req));
    }
    show(res, entry, session);
  });

  router.post(
    path,
    express.urlencoded({ extended: false, limit: '8kb' }),
    express.json({ limit: '8kb' }),
    (req, res) => {
      const found = orders.page(req.params.token);
      const wantsJson = req.accepts(['html', 'json']) === 'json';
      if (!found) {
        if (wantsJson) res.status(404).json({ error: 'No such payment.' });
        else notFound(res);
        return;
      }
      const { entry, session } = found;
      const { value, error } = formSchema.validate(req.body ?? {});
      const outcome: Outcome | undefined = error
        ? undefined
        : orders.act(entry, session, value.action, {
            ...(value.method === undefined ? {} : { method: value.method }),
            desktop: isDesktop(req),
          });

      if (wantsJson) {
        const { transaction } = entry;
        if (!outcome) res.status(400).json({ error: error?.message });
        else if (!outcome.ok) res.status(409).json({ error: outcome.detail });
        else if (transaction) {
          res.json({
            order_id: entry.orderId,
            transaction_id: transaction.transactionId,
            transaction_status: transaction.status,
            status_code: statusCode(transaction, 'notification'),
            finish_url: finishUrl(transaction) ?? null,
          });
        }
        return;
      }
      if (!outcome) show(res, entry, session, { status: 400, text: 'Pilihan ini tidak dikenal.' });
      else if (!outcome.ok) {
        show(res, entry, session, {
          status: 409,
          text: 'Pembayaran ini sudah selesai dan tidak berubah lagi.',
        });
      }
      // A reload of the result must not pay again.
      else res.redirect(303, req.originalUrl);
    },
  );

  return router;
}

/** A browser that is no phone. Programs name themselves otherwise and count as phones. */
function isDesktop(req: Request): boolean {
  const agent = req.get('user-agent') ?? '';
  return agent.startsWith('Mozilla/') && !/Mobi|Android|iPhone|iPad/.test(agent);
}
