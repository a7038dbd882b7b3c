import type { SettlementRow } from '../../db/settlements.ts';
import { rupiah } from '../../protocol/money.ts';
import type { SettlementStatus, SettlementView } from '../../protocol/settlements.ts';

export const statusOf = (row: SettlementRow): SettlementStatus => {
  if (row.corrected_at) return 'corrected';
  return row.arrived_on ? 'arrived' : 'entered';
};

/** Fees are not what the gateway pays. */
export const netOf = (row: SettlementRow): bigint => row.gross_minor - row.fee_minor - row.vat_minor;

export const settlementView = (row: SettlementRow): SettlementView => ({
  id: row.id,
  gateway: row.gateway,
  bankReference: row.bank_reference,
  settledOn: row.settled_on,
  gross: rupiah(row.gross_minor),
  fee: rupiah(row.fee_minor),
  vat: rupiah(row.vat_minor),
  net: rupiah(netOf(row)),
  payments: row.payments,
  status: statusOf(row),
  enteredAt: row.entered_at.toISOString(),
  arrivedOn: row.arrived_on,
  correctedAt: row.corrected_at?.toISOString() ?? null,
});
