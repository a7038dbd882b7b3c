import type { Bus } from '../../bus.ts';
import { acting, type Db, isUniqueViolation } from '../../db/open.ts';
import { type OwnerEvents, ownerFeed } from '../../protocol/feeds.ts';
import {
  type AccountRequest,
  BANK_ACCOUNT_HOLD_DAYS,
  BANK_ACCOUNTS_MAX,
  type Bank,
  type BankAccountRequest,
  type BankAccountView,
  HOLDER_MAX,
  UNVERIFIED_ACCOUNT_HOLD_DAYS,
} from '../../protocol/payouts.ts';
import { holds } from '../accounts/principal.ts';
import { conflict, type User } from '../campaigns/access.ts';
import { GatewayFault, type PayoutGateway } from '../gateways/gateway.ts';
import { Refusal } from '../refusal.ts';
import { BOOKS, ONLY_OWNER, readAs } from './access.ts';
import { holderMatches } from './holder.ts';
import { lockMoney } from './money.ts';
import { bankAccountView } from './present.ts';

const DAY_MS = 24 * 3_600_000;

type House = { db: Db; bus: Bus; payoutGateway: PayoutGateway | null; now: () => Date };

/** Where no gateway tells which banks it pays, finance pays by hand, to any of these. */
const BANKS_BY_HAND: Bank[] = [
  { code: 'bca', name: 'Bank Central Asia' },
  { code: 'bni', name: 'Bank Negara Indonesia' },
  { code: 'bri', name: 'Bank Rakyat Indonesia' },
  { code: 'bsi', name: 'Bank Syariah Indonesia' },
  { code: 'btn', name: 'Bank Tabungan Negara' },
  { code: 'cimb', name: 'CIMB Niaga' },
  { code: 'danamon', name: 'Bank Danamon' },
  { code: 'mandiri', name: 'Bank Mandiri' },
  { code: 'permata', name: 'Bank Permata' },
];

/** Banks to which payouts go. Throws Refusal 'gateway-unavailable'. */
export const listBanks = (gateway: Pick<PayoutGateway, 'banks'> | null): Promise<Bank[]> =>
  gateway ? asked(() => gateway.banks()) : Promise.resolve(BANKS_BY_HAND);

/**
 * Where a campaign's money is to go from now on. The bank says whose account it is, and its spelling is kept; whom it
 * names otherwise is not told, or anybody could read the names of strangers here. The first account of a campaign may be
 * used at once, every later one after some days. `id` is the caller's, so that a retry adds once.
 * Throws Refusal: not-found, forbidden, invalid-input, name-mismatch, conflict, gateway-unavailable.
 */
export async function addBankAccount(
  { db, bus, payoutGateway, now }: House,
  user: User,
  { id, campaignId, request }: { id: string; campaignId: string; request: BankAccountRequest },
): Promise<BankAccountView> {
  await readAs(db, user, campaignId, ONLY_OWNER);
  const { bank } = request;
  const number = digitsOf(request.number);
  const holder = await holderOf(payoutGateway, { ...request, number });
  const at = now();
  const added = acting(db, 'system', 'bank-accounts.add', async (tx) => {
    await readAs(tx, user, campaignId, ONLY_OWNER);
    await lockMoney(tx, campaignId, at);
    const known = await tx.bankAccounts.find(id);
    if (known) return { row: known, news: [] };
    const before = await tx.bankAccounts.list(campaignId, BANK_ACCOUNTS_MAX);
    if (before.length >= BANK_ACCOUNTS_MAX) {
      throw conflict(`A campaign has at most ${BANK_ACCOUNTS_MAX} bank accounts, old ones included.`);
    }
    const days =
      payoutGateway === null
        ? UNVERIFIED_ACCOUNT_HOLD_DAYS
        : before.length === 0
          ? 0
          : BANK_ACCOUNT_HOLD_DAYS;
    const usableFrom = new Date(at.getTime() + days * DAY_MS);
    await tx.bankAccounts.insert({
      id,
      campaignId,
      bank,
      number,
      holder,
      addedBy: user.userId,
      now: at,
      usableFrom,
    });
    await tx.outbox.queueForTeam({
      campaignId,
      key: `bank-account:${id}`,
      template: 'bank-account',
      data: { campaignId, bankAccountId: id },
    });
    const row = await tx.bankAccounts.find(id);
    if (!row) throw new Error('the account that was just written is not there');
    const data: OwnerEvents['bank_account.added'] = { id, bank, usableFrom: usableFrom.toISOString() };
    const event = { feed: ownerFeed(campaignId), type: 'bank_account.added', data };
    return { row, news: await tx.feeds.append([event]) };
  });
  const { row, news } = await added.catch((error: unknown) => {
    if (!isUniqueViolation(error, 'bank_accounts_once')) throw error;
    throw conflict('This bank account is there already.');
  });
  bus.publish(news);
  return bankAccountView(row, { full: true });
}

/** Nothing more is paid to it; what is under way to it arrives. Throws Refusal: not-found, forbidden. */
export async function retireBankAccount(
  { db, bus, now }: Pick<House, 'db' | 'bus' | 'now'>,
  user: User,
  { id, campaignId }: { id: string; campaignId: string },
): Promise<void> {
  const at = now();
  const news = await acting(db, 'system', 'bank-accounts.retire', async (tx) => {
    await readAs(tx, user, campaignId, ONLY_OWNER);
    await lockMoney(tx, campaignId, at);
    const account = await tx.bankAccounts.find(id);
    if (account?.campaign_id !== campaignId)
      throw new Refusal('not-found', 'The campaign has no such account.');
    if (!(await tx.bankAccounts.retire({ id, now: at }))) return [];
    const data: OwnerEvents['bank_account.retired'] = { id };
    return tx.feeds.append([{ feed: ownerFeed(campaignId), type: 'bank_account.retired', data }]);
  });
  bus.publish(news);
}

/** Newest first, old ones too. For the owner, finance and auditors. Throws Refusal: not-found, forbidden. */
export async function listBankAccounts(db: Db, user: User, campaignId: string): Promise<BankAccountView[]> {
  const campaign = await readAs(db, user, campaignId, { team: ['owner'], staff: BOOKS });
  const full = campaign.role === 'owner' || holds(user, 'finance');
  const rows = await acting(db, 'system', 'bank-accounts.list', (tx) =>
    tx.bankAccounts.list(campaignId, BANK_ACCOUNTS_MAX),
  );
  return rows.map((row) => bankAccountView(row, { full }));
}

/** For whoever was shown it before. */
export async function readBankAccount(db: Db, id: string): Promise<BankAccountView> {
  const row = await acting(db, 'system', 'bank-accounts.read', (tx) => tx.bankAccounts.find(id));
  if (!row) throw new Error('a bank account that was there is not');
  return bankAccountView(row, { full: true });
}

/** As the bank writes it; as it was typed where there is nobody to ask. */
async function holderOf(
  gateway: PayoutGateway | null,
  { bank, number, holder }: BankAccountRequest,
): Promise<string> {
  if (!gateway) {
    mustBePaid(await listBanks(gateway), bank);
    return holder;
  }
  const known = await holderAt(gateway, { bank, number });
  if (!holderMatches(holder, known)) {
    throw new Refusal(
      'name-mismatch',
      'The bank knows this account under another name. Write the holder as the passbook has it.',
    );
  }
  return known;
}

/** Whose an account is, as its bank writes it. `under` is what stands before its fields in the request. */
export async function holderAt(
  gateway: Pick<PayoutGateway, 'banks' | 'holderOf'>,
  { bank, number }: AccountRequest,
  under = '',
): Promise<string> {
  mustBePaid(await listBanks(gateway), bank, under);
  const known = await asked(() => gateway.holderOf({ bank, number }));
  if (known === null) throw invalid(`${under}number`, 'number is that of no account at this bank');
  return known.slice(0, HOLDER_MAX);
}

function mustBePaid(banks: Bank[], bank: string, under = ''): void {
  if (!banks.some(({ code }) => code === bank))
    throw invalid(`${under}bank`, 'bank is none that can be paid');
}

/** The bank knows the digits alone. */
export const digitsOf = (number: string): string => number.replace(/[ .-]/g, '');

async function asked<T>(question: () => Promise<T>): Promise<T> {
  try {
    return await question();
  } catch (fault) {
    if (!(fault instanceof GatewayFault)) throw fault;
    throw new Refusal('gateway-unavailable', 'The bank cannot be asked just now. Please try again soon.');
  }
}

const invalid = (path: string, message: string): Refusal =>
  new Refusal('invalid-input', 'Some fields need attention.', { errors: [{ path, message }] });
