import { type Refund, refunded, type Transaction } from './transaction.ts';
import { amount, signature, time } from './wire.ts';

export type Merchant = { serverKey: string; merchantId: string };

/** The `status_code` beside a transaction_status; GET status tells an expiry as 407, a notification as 202. */
export function statusCode(transaction: Transaction, where: 'notification' | 'answer'): string {
  switch (transaction.status) {
    case 'pending':
    case 'authorize':
      return '201';
    case 'capture':
      return transaction.fraudStatus === 'challenge' ? '201' : '200';
    case 'deny':
    case 'failure':
      return '202';
    case 'expire':
      return where === 'notification' ? '202' : '407';
    default:
      return '200';
  }
}

const refundEntry = (refund: Refund) => ({
  refund_chargeback_id: refund.id,
  refund_chargeback_uuid: refund.uuid,
  refund_amount: amount(refund.amount),
  created_at: time(refund.createdAt),
  ...(refund.reason === undefined ? {} : { reason: refund.reason }),
  ...(refund.key === undefined ? {} : { refund_key: refund.key, refund_method: refund.method }),
  ...(refund.confirmedAt === undefined ? {} : { bank_confirmed_at: time(refund.confirmedAt) }),
});

/** What only a paid transaction tells. */
function paidFields(transaction: Transaction): Record<string, unknown> {
  const { settledAt, paymentType, transactionId } = transaction;
  if (settledAt === undefined) return {};
  return {
    settlement_time: time(settledAt),
    ...(paymentType === 'gopay' ? { payment_option_type: 'GOPAY_WALLET' } : {}),
    ...(paymentType === 'qris'
      ? { transaction_type: 'off-us', issuer: 'dana', merchant_cross_reference_id: transactionId }
      : {}),
  };
}

/** The fields that every answer about a transaction and every notification of it share. */
function fields(transaction: Transaction, merchant: Merchant, code: string): Record<string, unknown> {
  const { order, method, refunds } = transaction;
  const gross = amount(transaction.grossAmount);
  return {
    status_code: code,
    transaction_id: transaction.transactionId,
    order_id: order.orderId,
    merchant_id: merchant.merchantId,
    gross_amount: gross,
    currency: 'IDR',
    payment_type: transaction.paymentType,
    signature_key: signature(order.orderId, code, gross, merchant.serverKey),
    transaction_status: transaction.status,
    // Of Indomaret and Alfamart some notifications come without it.
    ...(method.face === 'counter' ? {} : { fraud_status: transaction.fraudStatus }),
    transaction_time: time(transaction.createdAt),
    ...paidFields(transaction),
    expiry_time: time(transaction.expiresAt),
    ...transaction.details,
    ...(refunds.length > 0
      ? { refund_amount: amount(refunded(transaction)), refunds: refunds.map(refundEntry) }
      : {}),
    ...(transaction.fee > 0
      ? {
          metadata: {
            extra_info: {
              gross_amount_info: {
                original_amount: amount(order.amount),
                gross_amount: gross,
                customer_imposed_payment_fee: amount(transaction.fee),
              },
            },
          },
        }
      : {}),
    ...order.customFields,
  };
}

/** A notification's body. */
export const notificationBody = (transaction: Transaction, merchant: Merchant): Record<string, unknown> => ({
  ...fields(transaction, merchant, statusCode(transaction, 'notification')),
  status_message: 'midtrans payment notification',
});

/** The answer of GET status. */
export function statusBody(transaction: Transaction, merchant: Merchant): Record<string, unknown> {
  const found = { status_message: 'Success, transaction is found' };
  // DANA's pending is told in capitals and with status_code 200: a client must not compare case.
  if (transaction.method.byTransactionIdOnly && transaction.status === 'pending') {
    return { ...fields(transaction, merchant, '200'), ...found, transaction_status: 'PENDING' };
  }
  return { ...fields(transaction, merchant, statusCode(transaction, 'answer')), ...found };
}

/** The answer of a charge, a cancel, an expire, an approve, a deny: as GET status, without its signature. */
export function answerBody(
  transaction: Transaction,
  merchant: Merchant,
  message: string,
): Record<string, unknown> {
  const { signature_key: _, ...rest } = fields(transaction, merchant, statusCode(transaction, 'answer'));
  return { ...rest, status_message: message };
}

/** The answer of a refund; DANA's lacks the transaction_id. */
export function refundBody(transaction: Transaction, merchant: Merchant, refund: Refund) {
  const {
    refunds: _,
    transaction_id,
    ...rest
  } = answerBody(transaction, merchant, 'Success, refund request is approved');
  return {
    ...rest,
    status_code: '200',
    ...(transaction.method.byTransactionIdOnly ? {} : { transaction_id }),
    refund_chargeback_id: refund.id,
    refund_key: refund.key,
  };
}
