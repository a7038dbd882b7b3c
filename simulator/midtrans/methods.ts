import { digits } from './wire.ts';

const MINUTE_MS = 60_000;
const DAY_MS = 24 * 3_600_000;

export type Face = 'qr' | 'va' | 'wallet' | 'card' | 'counter';

export type Method = {
  /** Its name in `enabled_payments`. */
  name: string;
  /** Its name for the customer. */
  label: string;
  /** `payment_type` in answers and notifications. */
  paymentType: string;
  face: Face;
  expiryMs: number;
  /** The gateway's own expiry stands, whatever the merchant asked for. */
  expiryFixed?: true;
  refund: 'none' | 'full' | 'partial';
  /** Status, refund and cancel know it by transaction_id alone, and pending is spelt PENDING. */
  byTransactionIdOnly?: true;
  /** What it adds to answers and notifications. */
  details(transactionId: string): Record<string, unknown>;
};

const va = (name: string, label: string, bank: string, prefix: string, length: number): Method => ({
  name,
  label,
  paymentType: 'bank_transfer',
  face: 'va',
  expiryMs: DAY_MS,
  // A virtual account cannot be paid back into: that takes a payout.
  refund: 'none',
  details: (id) => ({
    va_numbers: [{ bank, va_number: prefix + digits(id, length - prefix.length) }],
    payment_amounts: [],
  }),
});

const wallet = (name: string, label: string, more: Partial<Method> = {}): Method => ({
  name,
  label,
  paymentType: name,
  face: 'wallet',
  expiryMs: 15 * MINUTE_MS,
  refund: 'partial',
  details: () => ({}),
  ...more,
});

const counter = (name: string, label: string): Method => ({
  name,
  label,
  paymentType: 'cstore',
  face: 'counter',
  expiryMs: DAY_MS,
  refund: 'none',
  details: (id) => ({ store: name, payment_code: digits(id, 16) }),
});

const ALL: Method[] = [
  {
    name: 'other_qris',
    label: 'QRIS',
    paymentType: 'qris',
    face: 'qr',
    expiryMs: 15 * MINUTE_MS,
    refund: 'partial',
    details: () => ({ acquirer: 'gopay' }),
  },
  wallet('gopay', 'GoPay'),
  // The customer has 55 s in the app; Midtrans gives up 10 s later.
  wallet('ovo', 'OVO', { expiryMs: 65_000, expiryFixed: true, refund: 'full' }),
  wallet('dana', 'DANA', { byTransactionIdOnly: true }),
  wallet('shopeepay', 'ShopeePay', { refund: 'full' }),
  va('bca_va', 'BCA Virtual Account', 'bca', '81278', 15),
  va('bni_va', 'BNI Virtual Account', 'bni', '98812785', 16),
  va('bri_va', 'BRI Virtual Account', 'bri', '81278', 18),
  va('cimb_va', 'CIMB Niaga Virtual Account', 'cimb', '81278', 16),
  va('danamon_va', 'Danamon Virtual Account', 'danamon', '81278', 16),
  va('bsi_va', 'BSI Virtual Account', 'bsi', '81278', 16),
  va('seabank_va', 'SeaBank Virtual Account', 'seabank', '81278', 16),
  va('saqu_va', 'Bank Saqu Virtual Account', 'saqu', '81278', 16),
  va('other_va', 'Virtual Account bank lain', 'bni', '98812785', 16),
  {
    ...va('permata_va', 'Permata Virtual Account', 'permata', '', 16),
    details: (id) => ({ permata_va_number: `8545${digits(id, 12)}` }),
  },
  {
    ...va('echannel', 'Mandiri Bill Payment', 'mandiri', '', 12),
    paymentType: 'echannel',
    details: (id) => ({ biller_code: '70012', bill_key: digits(id, 12) }),
  },
  {
    name: 'credit_card',
    label: 'Kartu',
    paymentType: 'credit_card',
    face: 'card',
    expiryMs: 10 * MINUTE_MS,
    refund: 'partial',
    details: () => ({
      masked_card: '48111111-1114',
      bank: 'bni',
      card_type: 'credit',
      eci: '05',
      approval_code: '1578569243927',
      channel_response_code: '00',
      channel_response_message: 'Approved',
    }),
  },
  counter('alfamart', 'Alfamart'),
  counter('indomaret', 'Indomaret'),
  wallet('akulaku', 'Akulaku PayLater', { expiryMs: 120 * MINUTE_MS }),
  wallet('kredivo', 'Kredivo', { expiryMs: 120 * MINUTE_MS }),
];

/** By name in `enabled_payments`. LinkAja is not among them: Midtrans has no value for it. */
export const METHODS: ReadonlyMap<string, Method> = new Map(ALL.map((method) => [method.name, method]));

const ALIASES: Record<string, string[]> = {
  bank_transfer: ALL.filter((m) => m.face === 'va').map((m) => m.name),
  cstore: ['alfamart', 'indomaret'],
};

export const isEnabledPayment = (name: string): boolean => METHODS.has(name) || name in ALIASES;

/** `enabled_payments` of a request → the methods meant; all of them when the request names none. */
export function enabledMethods(names: readonly string[] | undefined): Method[] {
  if (!names || names.length === 0) return ALL;
  const wanted = new Set(names.flatMap((name) => ALIASES[name] ?? [name]));
  return ALL.filter((method) => wanted.has(method.name));
}

/** The method behind a Core API charge: payment_type, and for bank_transfer the bank. */
export function chargedMethod(charge: {
  paymentType: string;
  bank?: string;
  store?: string;
}): Method | undefined {
  const { paymentType, bank, store } = charge;
  if (paymentType === 'bank_transfer') return METHODS.get(`${bank}_va`);
  if (paymentType === 'permata') return METHODS.get('permata_va');
  if (paymentType === 'qris') return METHODS.get('other_qris');
  if (paymentType === 'cstore') return METHODS.get(store ?? '');
  if (['gopay', 'ovo', 'shopeepay', 'echannel'].includes(paymentType)) return METHODS.get(paymentType);
  return undefined;
}
