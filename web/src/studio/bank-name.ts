/** As people call them; the rest by the names that the gateway gives. */
const SHORT: Record<string, string> = {
  bca: 'BCA',
  bni: 'BNI',
  bri: 'BRI',
  bsi: 'BSI',
  btn: 'BTN',
  cimb: 'CIMB Niaga',
  danamon: 'Danamon',
  mandiri: 'Mandiri',
  permata: 'Permata',
};
export const shortBank = (code: string): string => SHORT[code] ?? code.toUpperCase().replaceAll('_', ' ');

const FIRM = /^PT\.?\s+|,?\s+TBK\.?$|\s*\(PERSERO\)/gi;
const STAYS = /^(?:.{1,3}|CIMB|OCBC|NISP|HSBC|BTPN|CTBC)$/;

/** Gateways write PT. BANK CENTRAL ASIA TBK.; people read Bank Central Asia. */
export const bankName = (name: string): string =>
  name
    .replace(FIRM, '')
    .replace(FIRM, '')
    .trim()
    .split(/\s+/)
    .map((word) =>
      word !== word.toUpperCase() || (STAYS.test(word) && word !== 'DAN')
        ? word
        : word === 'DAN'
          ? 'dan'
          : word.charAt(0) + word.slice(1).toLowerCase(),
    )
    .join(' ');
