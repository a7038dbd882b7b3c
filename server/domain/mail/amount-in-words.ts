import type { Locale } from '../../protocol/accounts.ts';

const ID_UNITS = [
  'nol',
  'satu',
  'dua',
  'tiga',
  'empat',
  'lima',
  'enam',
  'tujuh',
  'delapan',
  'sembilan',
  'sepuluh',
  'sebelas',
];
const ID_SCALES: [bigint, string][] = [
  [1_000_000_000_000n, 'triliun'],
  [1_000_000_000n, 'miliar'],
  [1_000_000n, 'juta'],
  [1_000n, 'ribu'],
  [100n, 'ratus'],
];

/** One of its scale is said with se-: seratus, seribu; but satu juta. */
function indonesian(amount: bigint): string {
  if (amount < 12n) return ID_UNITS[Number(amount)] ?? '';
  if (amount < 20n) return `${ID_UNITS[Number(amount - 10n)]} belas`;
  if (amount < 100n) return joined(`${ID_UNITS[Number(amount / 10n)]} puluh`, amount % 10n, indonesian);
  for (const [scale, name] of ID_SCALES) {
    if (amount < scale) continue;
    const many = amount / scale;
    const said = many === 1n && scale <= 1_000n ? `se${name}` : `${indonesian(many)} ${name}`;
    return joined(said, amount % scale, indonesian);
  }
  return '';
}

const EN_UNITS = [
  'zero',
  'one',
  'two',
  'three',
  'four',
  'five',
  'six',
  'seven',
  'eight',
  'nine',
  'ten',
  'eleven',
  'twelve',
  'thirteen',
  'fourteen',
  'fifteen',
  'sixteen',
  'seventeen',
  'eighteen',
  'nineteen',
];
const EN_TENS = ['', '', 'twenty', 'thirty', 'forty', 'fifty', 'sixty', 'seventy', 'eighty', 'ninety'];
const EN_SCALES: [bigint, string][] = [
  [1_000_000_000_000n, 'trillion'],
  [1_000_000_000n, 'billion'],
  [1_000_000n, 'million'],
  [1_000n, 'thousand'],
  [100n, 'hundred'],
];

function english(amount: bigint): string {
  if (amount < 20n) return EN_UNITS[Number(amount)] ?? '';
  if (amount < 100n) {
    const tens = EN_TENS[Number(amount / 10n)] ?? '';
    return amount % 10n === 0n ? tens : `${tens}-${EN_UNITS[Number(amount % 10n)]}`;
  }
  for (const [scale, name] of EN_SCALES) {
    if (amount >= scale) return joined(`${english(amount / scale)} ${name}`, amount % scale, english);
  }
  return '';
}

const joined = (said: string, rest: bigint, say: (amount: bigint) => string): string =>
  rest === 0n ? said : `${said} ${say(rest)}`;

const WORDS_MAX = 999_999_999_999_999n;

/** Whole rupiah as a receipt writes them out: "seratus lima puluh ribu rupiah". Below a thousand trillion. */
export function amountInWords(amountMinor: bigint, locale: Locale): string {
  if (amountMinor < 0n || amountMinor > WORDS_MAX) throw new RangeError('no words for this amount');
  return `${locale === 'id' ? indonesian(amountMinor) : english(amountMinor)} rupiah`;
}
