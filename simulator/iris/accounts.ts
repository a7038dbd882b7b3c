import { createHash } from 'node:crypto';

/** Accounts given a holder of their own; beyond, the oldest is forgotten. */
const ACCOUNTS_MAX = 10_000;
/** Nobody has a number that ends so, unless somebody was given it. */
const NOBODYS = '0000';

// Banks write in capitals.
const FIRST = [
  'AGUS',
  'BUDI',
  'CITRA',
  'DEWI',
  'EKO',
  'FITRI',
  'GALIH',
  'INDAH',
  'JOKO',
  'SITI',
  'WULAN',
  'YUSUF',
];
const LAST = ['GUNAWAN', 'HIDAYAT', 'LESTARI', 'NUGROHO', 'PRATAMA', 'RAHAYU', 'SANTOSO', 'WIBOWO'];

export type Accounts = ReturnType<typeof accounts>;

/** Whose accounts there are: a name that follows from bank and number, or the one that somebody gave. */
export function accounts() {
  const given = new Map<string, string | null>();
  const keyOf = (bank: string, number: string) => `${bank} ${number}`;

  return {
    /** From now on the account is this person's; null: there is no such account. */
    give(bank: string, number: string, holder: string | null) {
      const key = keyOf(bank, number);
      given.delete(key);
      given.set(key, holder);
      const [oldest] = given.keys();
      if (given.size > ACCOUNTS_MAX && oldest !== undefined) given.delete(oldest);
    },
    holderOf(bank: string, number: string): string | null {
      const key = keyOf(bank, number);
      const own = given.get(key);
      if (own !== undefined) return own;
      if (number.endsWith(NOBODYS)) return null;
      const [first = 0, last = 0] = createHash('sha256').update(key).digest();
      return `${FIRST[first % FIRST.length]} ${LAST[last % LAST.length]}`;
    },
  };
}
