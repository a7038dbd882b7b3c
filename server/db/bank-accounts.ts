import type { IBaseProtocol } from 'pg-promise';
import { sql } from './sql.ts';

export type NewBankAccount = {
  id: string;
  campaignId: string;
  bank: string;
  number: string;
  holder: string;
  addedBy: string;
  now: Date;
  usableFrom: Date;
};
export type BankAccountRow = {
  id: string;
  campaign_id: string;
  bank: string;
  number: string;
  holder: string;
  added_at: Date;
  usable_from: Date;
  retired_at: Date | null;
};

const insert = sql('bank-accounts/insert.sql');
const find = sql('bank-accounts/find.sql');
const list = sql('bank-accounts/list.sql');
const retire = sql('bank-accounts/retire.sql');

/** Shown to 'system' alone. */
export const bankAccounts = (q: IBaseProtocol<unknown>) => ({
  insert: (account: NewBankAccount) => q.none(insert, account),
  find: (id: string) => q.oneOrNone<BankAccountRow>(find, { id }),
  /** Newest first, retired ones too. */
  list: (campaignId: string, limit: number) => q.any<BankAccountRow>(list, { campaignId, limit }),
  /** False if it is retired already. */
  retire: async (which: { id: string; now: Date }) => (await q.oneOrNone(retire, which)) !== null,
});
