import express, { type Response, Router } from 'express';
import Joi from 'joi';
import { html, rupiah, sendPage, wib } from '../html.ts';
import { ACTIONS, type Payout, type Payouts, type Status } from './payouts.ts';
import { BANKS } from './wire.ts';

const formSchema = Joi.object<{ action: string }, true>({
  action: Joi.string()
    .valid(...ACTIONS)
    .required(),
});

const SAID: Record<Status, { title: string; text: string; tone: 'good' | 'bad' | '' }> = {
  queued: { title: 'Menunggu persetujuan', text: 'Belum ada dana yang keluar.', tone: '' },
  approved: { title: 'Disetujui', text: 'Sebentar lagi dikirim ke bank.', tone: '' },
  processed: {
    title: 'Sedang diproses bank',
    text: 'Selesai sendiri sebentar lagi, atau pilih di bawah.',
    tone: '',
  },
  completed: { title: 'Dana sampai', text: 'Penerima sudah mendapat dananya.', tone: 'good' },
  failed: { title: 'Pencairan gagal', text: 'Dana kembali ke saldo pengirim.', tone: 'bad' },
  rejected: { title: 'Pencairan ditolak', text: 'Tidak ada dana yang keluar.', tone: 'bad' },
};

/** The bank's side: a page for each payout, and a form that lets it arrive or fail. */
export function page({ payouts }: { payouts: Payouts }): Router {
  const router = Router();

  function show(res: Response, payout: Payout, problem?: { status: number; text: string }) {
    const { request, status, error } = payout;
    const { title, text, tone } = SAID[status];
    const bank = BANKS.find(({ code }) => code === request.beneficiary_bank)?.name;
    sendPage(res, {
      status: problem?.status ?? 200,
      title: `Pencairan ${rupiah(payout.rupiah)}`,
      body: html`<section><h1>Pencairan kepada ${request.beneficiary_name}</h1>
<p class="money">${rupiah(payout.rupiah)}</p>
<p class="quiet">${bank}</p><p class="number">${request.beneficiary_account}</p>
<p class="quiet">${request.notes}</p>
<p class="quiet">Nomor <code>${payout.orderId}</code>, dibuat ${wib(payout.createdAt)}</p></section>
<section>${problem && html`<p class="bad" role="alert">${problem.text}</p>`}
<p class="status ${tone}" role="status">${title}</p><p>${text}</p>
${error && html`<p class="quiet">${error.message}</p>`}
${
  (status === 'approved' || status === 'processed') &&
  html`<form method="post">
<button class="main" name="action" value="complete">Sampaikan ke penerima</button>
<button name="action" value="fail">Gagalkan</button>
</form>`
}</section>`,
    });
  }

  const notFound = (res: Response) =>
    sendPage(res, {
      status: 404,
      title: 'Tidak ditemukan',
      body: html`<section><h1>Pencairan tidak ditemukan</h1><p>Simulator hanya mengingat pencairan sejak dinyalakan.</p></section>`,
    });

  router.get('/:reference', (req, res) => {
    const payout = payouts.find(req.params.reference);
    if (payout) show(res, payout);
    else notFound(res);
  });

  router.post('/:reference', express.urlencoded({ extended: false, limit: '8kb' }), (req, res) => {
    const payout = payouts.find(String(req.params.reference));
    if (!payout) return notFound(res);
    const { value, error } = formSchema.validate(req.body ?? {});
    if (error) return show(res, payout, { status: 400, text: 'Pilihan ini tidak dikenal.' });
    if (!payouts.act(payout, value.action).ok) {
      return show(res, payout, { status: 409, text: 'Pencairan ini belum disetujui atau sudah selesai.' });
    }
    res.redirect(303, req.originalUrl);
  });

  return router;
}
