import { createServer, type Server } from 'node:http';
import { createRequire } from 'node:module';
import type { AddressInfo } from 'node:net';
import { expect } from 'chai';
import { simulator } from '../simulator/app.ts';
import { until } from './support/until.ts';

// The SDK is CommonJS without types; this much of it is used here.
type Answer = Record<string, string>;
type Transactions = {
  status(id: string): Promise<Answer>;
  cancel(id: string): Promise<Answer>;
  expire(id: string): Promise<Answer>;
  refund(id: string, refund: Record<string, unknown>): Promise<Answer>;
  notification(body: Record<string, unknown>): Promise<Answer>;
};
type Client = {
  transaction: Transactions;
  createTransaction(order: Record<string, unknown>): Promise<{ token: string; redirect_url: string }>;
  charge(order: Record<string, unknown>): Promise<Answer>;
};
type Payouts = Record<
  'createPayouts' | 'approvePayouts' | 'rejectPayouts',
  (body: unknown) => Promise<unknown>
> & {
  getPayoutDetails(reference: string): Promise<Answer>;
  getBeneficiaryBanks(): Promise<{ beneficiary_banks: { code: string; name: string }[] }>;
  validateBankAccount(account: { bank: string; account: string }): Promise<Answer>;
  getBalance(): Promise<Answer>;
  ping(): Promise<unknown>;
};
type Sdk = Record<'Snap' | 'CoreApi', new (keys: { serverKey: string; clientKey: string }) => Client> & {
  Iris: new (keys: { serverKey: string }) => Payouts;
};

const require = createRequire(import.meta.url);
const sdk: Sdk = require('midtrans-client');
const addresses: Record<string, string> = require('midtrans-client/lib/apiConfig');

const SERVER_KEY = 'SB-Mid-server-sdk';
const IRIS_KEYS = { creatorKey: 'IRIS-creator', approverKey: 'IRIS-approver', merchantKey: 'IRIS-merchant' };

describe("Midtrans' own SDK against the simulator", () => {
  const realAddresses = { ...addresses };
  let server: Server;
  let close: () => Promise<void>;
  let snap: Client;
  let core: Client;
  let count = 0;

  before(async () => {
    server = createServer().listen(0, '127.0.0.1');
    await new Promise((resolve) => server.once('listening', resolve));
    const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    const simulated = simulator({
      publicUrl: url,
      midtrans: { serverKey: SERVER_KEY, merchantId: 'G1', notifyUrl: `${url}/nobody-listens` },
      iris: { ...IRIS_KEYS, notifyUrl: `${url}/nobody-listens` },
      payoutStepMs: { process: 1, complete: 1 },
      log: () => {},
    });
    server.on('request', simulated.app);
    close = simulated.close;
    addresses.CORE_SANDBOX_BASE_URL = `${url}/midtrans`;
    addresses.SNAP_SANDBOX_BASE_URL = `${url}/midtrans/snap/v1`;
    addresses.IRIS_SANDBOX_BASE_URL = `${url}/iris/api/v1`;
    const keys = { serverKey: SERVER_KEY, clientKey: 'SB-Mid-client-sdk' };
    snap = new sdk.Snap(keys);
    core = new sdk.CoreApi(keys);
  });

  after(async () => {
    Object.assign(addresses, realAddresses);
    await close();
    server.closeAllConnections();
    server.close();
  });

  const newOrder = () => ({
    transaction_details: { order_id: `SDK-${++count}`, gross_amount: 150_000 },
    item_details: [{ id: 'gift', price: 150_000, quantity: 1, name: 'Donasi' }],
  });

  async function pendingOrder(): Promise<string> {
    const order = newOrder();
    const created = await snap.createTransaction({ ...order, enabled_payments: ['other_qris'] });
    await fetch(created.redirect_url);
    return order.transaction_details.order_id;
  }

  async function refusal(
    answer: Promise<unknown>,
  ): Promise<{ httpStatusCode: unknown; ApiResponse: unknown }> {
    try {
      await answer;
    } catch (error) {
      return error as { httpStatusCode: unknown; ApiResponse: unknown };
    }
    throw new Error('The SDK found nothing wrong.');
  }

  it('creates a payment and gets a token and the address of its page', async () => {
    const created = await snap.createTransaction(newOrder());
    expect(created.token).to.match(/^[0-9a-f-]{36}$/);
    expect(created.redirect_url).to.match(new RegExp(`/snap/v3/redirection/${created.token}$`));
  });

  it('hears that a payment without a method does not exist yet', async () => {
    const order = newOrder();
    await snap.createTransaction(order);
    const { httpStatusCode, ApiResponse } = await refusal(
      snap.transaction.status(order.transaction_details.order_id),
    );
    expect(httpStatusCode).to.equal('404');
    expect(ApiResponse).to.include({ status_message: "Transaction doesn't exist." });
  });

  it('follows a payment from pending to paid', async () => {
    const order = newOrder();
    const created = await snap.createTransaction({ ...order, enabled_payments: ['bca_va'] });
    await fetch(created.redirect_url);
    const id = order.transaction_details.order_id;
    expect(await snap.transaction.status(id)).to.include({
      order_id: id,
      transaction_status: 'pending',
      status_code: '201',
      gross_amount: '150000.00',
      payment_type: 'bank_transfer',
    });
    await fetch(created.redirect_url, { method: 'POST', body: new URLSearchParams({ action: 'pay' }) });
    const paid = await core.transaction.status(id);
    expect(paid).to.include({ transaction_status: 'settlement', status_code: '200' });
    // The SDK's way to trust a notification: it asks for the status of its transaction_id.
    expect(await snap.transaction.notification(paid)).to.deep.equal(paid);
  });

  it('expires a pending payment and takes 407 for the success that it is', async () => {
    const id = await pendingOrder();
    expect(await snap.transaction.expire(id)).to.include({
      status_code: '407',
      transaction_status: 'expire',
    });
    expect(await snap.transaction.status(id)).to.include({
      status_code: '407',
      transaction_status: 'expire',
    });
  });

  it('cancels a pending payment once, and no second time', async () => {
    const id = await pendingOrder();
    expect(await core.transaction.cancel(id)).to.include({
      status_code: '200',
      transaction_status: 'cancel',
    });
    expect((await refusal(core.transaction.cancel(id))).httpStatusCode).to.equal('412');
  });

  it('charges over the Core API and refunds a part', async () => {
    const order = newOrder();
    const charged = await core.charge({ ...order, payment_type: 'gopay', gopay: { enable_callback: true } });
    expect(charged).to.include({ status_code: '201', transaction_status: 'pending' });
    const id = order.transaction_details.order_id;
    await fetch(`${addresses.CORE_SANDBOX_BASE_URL}/../_control/pay`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ orderId: id }),
    });
    const refunded = await core.transaction.refund(id, {
      refund_key: 'r1',
      amount: 50_000,
      reason: 'separuh',
    });
    expect(refunded).to.include({ transaction_status: 'partial_refund', refund_amount: '50000.00' });
  });

  it('refunds the rest, and hears 412 when nothing is left', async () => {
    const order = newOrder();
    const created = await snap.createTransaction({ ...order, enabled_payments: ['gopay'] });
    await fetch(created.redirect_url, { method: 'POST', body: new URLSearchParams({ action: 'pay' }) });
    const id = order.transaction_details.order_id;
    const refund = (refund_key: string, amount: number) =>
      snap.transaction.refund(id, { refund_key, amount, reason: 'batal' });
    expect(await refund('r1', 50_000)).to.include({ transaction_status: 'partial_refund' });
    expect((await refusal(refund('r1', 50_000))).httpStatusCode).to.equal('406');
    expect(await refund('r2', 100_000)).to.include({ transaction_status: 'refund', refund_key: 'r2' });
    expect((await refusal(refund('r2', 100_000))).httpStatusCode).to.equal('412');
    expect((await snap.transaction.status(id)).refunds).to.have.lengthOf(2);
  });

  it('enters payouts, approves one, rejects one, and follows both', async () => {
    const creator = new sdk.Iris({ serverKey: IRIS_KEYS.creatorKey });
    const approver = new sdk.Iris({ serverKey: IRIS_KEYS.approverKey });
    expect(await creator.ping()).to.equal('pong');
    const { beneficiary_banks: banks } = await creator.getBeneficiaryBanks();
    expect(banks.map(({ code }) => code)).to.include('mandiri');
    expect((await creator.getBalance()).balance).to.match(/^\d+\.00$/);
    const account = { bank: 'mandiri', account: '1380011819286' };
    const { account_name: holder } = await creator.validateBankAccount(account);
    expect(
      (await refusal(creator.validateBankAccount({ ...account, account: '0000' }))).httpStatusCode,
    ).to.equal(400);
    const payout = (notes: string) => ({
      beneficiary_name: holder,
      beneficiary_account: account.account,
      beneficiary_bank: account.bank,
      amount: '250000.00',
      notes,
    });
    const made = (await creator.createPayouts({ payouts: [payout('satu'), payout('dua')] })) as {
      payouts: { status: string; reference_no: string }[];
    };
    expect(made.payouts.map(({ status }) => status)).to.deep.equal(['queued', 'queued']);
    const [yes = '', no = ''] = made.payouts.map(({ reference_no }) => reference_no);
    const approval = { reference_nos: [yes], otp: '335163' };
    expect((await refusal(creator.approvePayouts(approval))).httpStatusCode).to.equal(401);
    expect(await approver.approvePayouts(approval)).to.deep.equal({ status: 'ok' });
    expect(await approver.rejectPayouts({ reference_nos: [no], reject_reason: 'dobel' })).to.deep.equal({
      status: 'ok',
    });
    expect(await creator.getPayoutDetails(no)).to.include({ status: 'rejected', notes: 'dua' });
    await until(async () => (await creator.getPayoutDetails(yes)).status === 'completed');
    expect(await creator.getPayoutDetails(yes)).to.include({
      amount: '250000.00',
      beneficiary_name: holder,
      reference_no: yes,
    });
  });

  it('is turned away with a wrong key', async () => {
    const stranger = new sdk.Snap({ serverKey: 'SB-Mid-server-other', clientKey: '' });
    expect((await refusal(stranger.createTransaction(newOrder()))).httpStatusCode).to.equal(401);
    expect((await refusal(stranger.transaction.status('SDK-1'))).httpStatusCode).to.equal(401);
  });
});
