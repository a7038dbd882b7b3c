import type { Alert, Gift } from '../alerts/queue.ts';
import { number } from '../format.ts';
import { pick } from '../i18n/language.ts';

/** The words on a stream. English has the same keys. */
const id = {
  nameless: 'Hamba Allah',
  lit: 'Satu lentera menyala',
  again: 'Diputar ulang',
  test: 'Uji coba',
  testName: 'Sari Wulandari',
  testMessage: 'Semangat terus, semoga lekas selesai!',
  more: (count: number) => `${number(count)} donasi lagi`,
  together: 'Bersama-sama',
  largestOf: (amount: string, name: string) => `Terbesar ${amount} dari ${name}`,
  of: (goal: string) => `dari ${goal}`,
  donors: (count: number) => `${number(count)} donasi`,
  last: 'Donasi terbaru',
  top: 'Donasi terbesar',
  none: 'Jadilah yang pertama',
  gone: 'Tautan overlay ini sudah diganti. Salin yang baru dari studio.',
  incomplete: 'Tautan overlay ini tidak lengkap. Salin lagi dari studio.',
  away: 'Menyambung kembali',
  progress: (share: string) => `Terkumpul ${share}`,
};
const en: typeof id = {
  nameless: 'Anonymous',
  lit: 'A lantern is lit',
  again: 'Once more',
  test: 'Test',
  testName: 'Sari Wulandari',
  testMessage: 'Keep going, hope it is done soon!',
  more: (count) => `${number(count)} more gifts`,
  together: 'Together',
  largestOf: (amount, name) => `Largest ${amount} from ${name}`,
  of: (goal) => `of ${goal}`,
  donors: (count) => `${number(count)} gifts`,
  last: 'Latest gift',
  top: 'Largest gifts',
  none: 'Be the first',
  gone: 'This overlay link was renewed. Copy the new one from the studio.',
  incomplete: 'This overlay link is not complete. Copy it again from the studio.',
  away: 'Reconnecting',
  progress: (share) => `${share} raised`,
};

export const useOverlayTexts = (): typeof id => pick({ id, en });

export const nameOf = ({ name }: Pick<Gift, 'name'>): string => name ?? useOverlayTexts().nameless;

/** What is read aloud, in the language of the voice. The sum in plain figures: every voice reads those. */
export function spoken(alert: Alert, voice: string, withMessage: boolean): string {
  const isEnglish = voice.startsWith('en');
  if (alert.kind === 'together') {
    return isEnglish
      ? `${alert.count} more gifts, together ${alert.amount} rupiah.`
      : `${alert.count} donasi lagi, bersama-sama ${alert.amount} rupiah.`;
  }
  const { name, amount, message } = alert.gift;
  const gave = isEnglish
    ? `${name ?? en.nameless} gave ${amount} rupiah.`
    : `${name ?? id.nameless} berdonasi ${amount} rupiah.`;
  return withMessage && message ? `${gave} ${message}` : gave;
}
