import { createHash } from 'node:crypto';
import type { Notice } from '../../server/domain/gateways/gateway.ts';
import { SERVER_KEY, type TestHouse } from './house.ts';

/** A notification as Midtrans sends it, read by the real adapter. */
export function said(
  house: TestHouse,
  {
    reference,
    amountMinor,
    status = 'settlement',
    id = reference,
  }: { reference: string; amountMinor: bigint; status?: string; id?: string },
): Notice {
  const status_code = status === 'settlement' ? '200' : status === 'pending' ? '201' : '202';
  const gross_amount = `${amountMinor}.00`;
  const signature_key = createHash('sha512')
    .update(reference + status_code + gross_amount + SERVER_KEY)
    .digest('hex');
  const body = {
    transaction_time: '2026-11-23 20:15:00',
    transaction_status: status,
    transaction_id: `tx-${id}`,
    status_code,
    signature_key,
    payment_type: 'qris',
    order_id: reference,
    gross_amount,
    currency: 'IDR',
  };
  const [notice] = house.gateways.midtrans.read({
    rawBody: Buffer.from(JSON.stringify(body)),
    headers: {},
    path: '/',
  });
  if (!notice) throw new Error('no notice');
  return notice;
}
