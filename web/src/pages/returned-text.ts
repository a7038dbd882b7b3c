import { pick } from '../i18n/language.ts';

/** What a donor reads of a gift that went back, wholly or in part. Apart from the common words: few ever need them. */
const id = {
  partly: (returned: string) => `${returned} dari donasi ini sudah dikembalikan kepada Anda.`,
  partlyTip: 'Sebagian dari pembayaran ini sudah dikembalikan kepada Anda.',
  partlyKept: (kept: string) => `${kept} tetap untuk kampanye ini, dan lentera Anda tetap menyala.`,
  keptLead: (kept: string) => `${kept} dari Anda tetap bekerja untuk kampanye ini.`,
  rowReturned: 'Dikembalikan',
  rowKept: 'Tetap diberikan',
  inList: (returned: string) => `${returned} dikembalikan`,
  next: 'Apa yang terjadi sekarang',
  way: {
    wallet: (app: string) => `Uangnya kembali ke saldo ${app} Anda, biasanya di hari yang sama.`,
    qris: 'Uangnya kembali ke aplikasi yang Anda pakai membayar QRIS, biasanya dalam tiga hari kerja.',
    card: 'Uangnya kembali ke kartu Anda. Bank penerbit kartu bisa perlu sampai 14 hari kerja untuk menampilkannya.',
    transfer:
      'Pembayaran lewat transfer tidak bisa dibalik sendiri oleh bank, jadi tim keuangan kami yang mengirimnya kembali kepada Anda.',
    counter:
      'Pembayaran tunai di gerai tidak bisa dibalik sendiri, jadi tim keuangan kami yang mengirimnya kembali kepada Anda.',
  },
  keepNumber:
    'Kalau dalam 14 hari kerja belum terlihat, hubungi penggalang kampanye dengan menyebut nomor di bawah.',
  fromTotal: 'Jumlah di halaman kampanye sudah menyesuaikan. Kami tidak menyebut nama Anda dalam hal ini.',
  again: 'Beri lagi',
  see: 'Lihat kampanye',
  refunded: {
    title: 'Donasi dikembalikan',
    headline: 'Donasi Anda sudah dikembalikan.',
    lead: (gift: string) =>
      `${gift} kembali kepada Anda. Terima kasih sudah pernah menyalakan lentera di sini.`,
  },
  reversed: {
    title: 'Pembayaran dibatalkan bank',
    headline: 'Pembayarannya dibatalkan bank.',
    lead: (gift: string) =>
      `Pembayaran ${gift} sempat kami terima, lalu dibatalkan oleh bank atau dompet Anda. Ini bisa terjadi dan bukan kesalahan Anda.`,
    steps: [
      'Donasi ini tidak lagi dihitung. Anda tidak perlu melakukan apa pun.',
      'Uang yang sempat terpotong dikembalikan bank atau dompet Anda sendiri, biasanya dalam beberapa hari kerja.',
      'Kalau Anda masih ingin memberi, mulai donasi baru dari halaman kampanye.',
    ],
  },
  charged_back: {
    title: 'Pembayaran ditarik lewat bank',
    headline: 'Bank menarik kembali pembayaran ini.',
    lead: (gift: string) =>
      `Bank atau dompet Anda meminta ${gift} kembali, biasanya karena pemilik kartu atau rekening tidak mengenali pembayarannya.`,
    steps: [
      'Selama bank memeriksanya, donasi ini tidak dihitung.',
      'Kalau Anda yang memintanya, tidak ada yang perlu dilakukan: uangnya diurus bank Anda.',
      'Kalau ini keliru, beri tahu bank Anda bahwa pembayarannya memang dari Anda. Begitu bank membenarkannya, donasi dihitung lagi dan halaman ini berubah sendiri.',
    ],
  },
};
export type ReturnedTexts = typeof id;

const en: ReturnedTexts = {
  partly: (returned) => `${returned} of this gift has gone back to you.`,
  partlyTip: 'A part of this payment has gone back to you.',
  partlyKept: (kept) => `${kept} stays with this campaign, and your lamp still burns.`,
  keptLead: (kept) => `${kept} of yours still works for this campaign.`,
  rowReturned: 'Given back',
  rowKept: 'Still given',
  inList: (returned) => `${returned} given back`,
  next: 'What happens now',
  way: {
    wallet: (app) => `The money goes back to your ${app} balance, usually the same day.`,
    qris: 'The money goes back to the app you paid the QRIS code with, usually within three working days.',
    card: 'The money goes back to your card. Its bank may need up to 14 working days to show it.',
    transfer: 'A bank transfer cannot be turned back by itself, so our finance team sends it back to you.',
    counter: 'Cash paid at a counter cannot be turned back by itself, so our finance team sends it to you.',
  },
  keepNumber:
    'If you do not see it within 14 working days, write to the campaign’s organiser with the number below.',
  fromTotal: 'The total on the campaign’s page has followed. Your name is not mentioned with it.',
  again: 'Give again',
  see: 'See the campaign',
  refunded: {
    title: 'Gift returned',
    headline: 'Your gift has been returned.',
    lead: (gift) => `${gift} is on its way back to you. Thank you for having lit a lamp here.`,
  },
  reversed: {
    title: 'Payment cancelled by the bank',
    headline: 'The bank cancelled this payment.',
    lead: (gift) =>
      `We had received ${gift}, and then your bank or wallet cancelled the payment. This happens, and it is not your fault.`,
    steps: [
      'This gift no longer counts. There is nothing you need to do.',
      'If money was taken, your bank or wallet gives it back by itself, usually within a few working days.',
      'If you still want to give, start a new gift from the campaign’s page.',
    ],
  },
  charged_back: {
    title: 'Payment taken back through the bank',
    headline: 'The bank took this payment back.',
    lead: (gift) =>
      `Your bank or wallet asked for ${gift} back, usually because the holder of the card or account did not recognise the payment.`,
    steps: [
      'While the bank looks into it, this gift does not count.',
      'If you asked for it, there is nothing to do: your bank takes care of the money.',
      'If it is a mistake, tell your bank that the payment was yours. Once the bank agrees, the gift counts again and this page turns by itself.',
    ],
  },
};

export const useReturnedTexts = (): ReturnedTexts => pick({ id, en });
