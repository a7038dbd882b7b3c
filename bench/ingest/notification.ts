import { signature } from '../../server/domain/gateways/midtrans.ts';

/** `refunded`: paid and booked before, and given back now. */
export type OpenPayment = { reference: string; amount: string; refunded?: true };

/**
 * Says that a payment is paid, or wholly given back, as Midtrans says it of a QRIS payment: every documented field,
 * signed.
 */
export function notification({ reference, amount, refunded }: OpenPayment, serverKey: string): Buffer {
  const said = { order_id: reference, status_code: '200', gross_amount: `${amount}.00` };
  return Buffer.from(
    JSON.stringify({
      transaction_type: 'on-us',
      transaction_time: '2026-11-23 20:15:00',
      transaction_status: refunded ? 'refund' : 'settlement',
      transaction_id: `tx-${reference.toLowerCase()}`,
      status_message: 'midtrans payment notification',
      signature_key: signature(said, serverKey),
      settlement_time: '2026-11-23 20:15:30',
      payment_type: 'qris',
      merchant_id: 'G000000000',
      issuer: 'gopay',
      fraud_status: 'accept',
      currency: 'IDR',
      acquirer: 'gopay',
      ...said,
      ...(refunded ? { refund_amount: `${amount}.00`, refunds: [refundOf(reference, amount)] } : {}),
    }),
  );
}

const refundOf = (reference: string, amount: string) => ({
  refund_chargeback_id: 1,
  refund_amount: `${amount}.00`,
  created_at: '2026-11-23 21:15:00',
  reason: 'Salah jumlah',
  refund_key: `dashboard-${reference}`,
  refund_method: 'online',
});
