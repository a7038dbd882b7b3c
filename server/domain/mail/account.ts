import type { Locale } from '../../protocol/accounts.ts';
import type { Content } from './letter.ts';

const TEXT = {
  id: {
    verify: {
      subject: 'Konfirmasi alamat surel Anda',
      heading: (name: string) => `Selamat datang, ${name}`,
      said: 'Satu ketukan lagi: tekan tombol di bawah supaya kami tahu alamat ini milik Anda.',
      button: 'Konfirmasi alamat ini',
      afterwards: 'Bila bukan Anda yang mendaftar, abaikan surel ini.',
    },
    reset: {
      subject: 'Kata sandi baru untuk Sangkuriang',
      heading: 'Buat kata sandi baru',
      said: 'Seseorang, semoga Anda sendiri, meminta kata sandi baru untuk akun ini.',
      button: 'Buat kata sandi baru',
      afterwards:
        'Tautan ini berlaku 30 menit dan hanya sekali. Bila bukan Anda yang meminta, abaikan surel ini; kata sandi Anda tidak berubah.',
    },
    changed: {
      subject: 'Kata sandi Anda sudah diganti',
      heading: 'Kata sandi Anda sudah diganti',
      said: 'Kata sandi akun Sangkuriang Anda baru saja diganti, dan semua perangkat sudah keluar.',
      button: 'Bukan saya',
      afterwards: 'Bila ini bukan Anda, buatlah kata sandi baru sekarang lewat tombol di atas.',
    },
    because: 'Anda menerima surel ini karena ada akun Sangkuriang dengan alamat ini.',
  },
  en: {
    verify: {
      subject: 'Confirm your e-mail address',
      heading: (name: string) => `Welcome, ${name}`,
      said: 'One more tap: press the button below so that we know this address is yours.',
      button: 'Confirm this address',
      afterwards: 'If it was not you who signed up, please ignore this mail.',
    },
    reset: {
      subject: 'A new password for Sangkuriang',
      heading: 'Choose a new password',
      said: 'Somebody, we hope you, asked for a new password for this account.',
      button: 'Choose a new password',
      afterwards:
        'This link works for 30 minutes and only once. If it was not you, please ignore this mail; your password stays as it is.',
    },
    changed: {
      subject: 'Your password was changed',
      heading: 'Your password was changed',
      said: 'The password of your Sangkuriang account was changed just now, and all devices were signed out.',
      button: 'It was not me',
      afterwards: 'If this was not you, please choose a new password now with the button above.',
    },
    because: 'You receive this mail because there is a Sangkuriang account with this address.',
  },
} satisfies Record<Locale, unknown>;

export type AccountMail = 'verify' | 'reset' | 'changed';

/** Mails about an account itself. */
export function accountMail(kind: AccountMail, name: string, url: string, locale: Locale): Content {
  const t = TEXT[locale];
  const { subject, said, button, afterwards } = t[kind];
  return {
    subject,
    heading: kind === 'verify' ? t.verify.heading(name) : t[kind].heading,
    paragraphs: [said],
    button: { label: button, url },
    afterwards: [afterwards],
    because: t.because,
  };
}
