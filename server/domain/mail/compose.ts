import { acting, type Db } from '../../db/open.ts';
import type { TakenMail } from '../../db/outbox.ts';
import { accountMail } from './account.ts';
import { bankAccountMail } from './bank-account.ts';
import { type Content, type Letter, letter } from './letter.ts';
import { receiptMail } from './receipt.ts';
import { refundMail } from './refund.ts';
import { updateMail } from './update.ts';
import { verdictMail } from './verdict.ts';

export type Composing = {
  db: Db;
  /** Without a slash behind it. */
  publicUrl: string;
  /** The page of a gift, with what lets its donor in. */
  giftPage(donationId: string): string;
  /** A new link's token for the account of this address; null if there is none. */
  openReset(email: string): Promise<string | null>;
  verificationOf(user: { id: string; email: string }): string;
  /** What lets a reader stop the mails of a campaign. */
  unsubscribingOf(letter: { readerId: string; campaignId: string }): string;
};
export type Compose = (mail: TakenMail) => Promise<Letter | null>;

/**
 * What a queued mail says, read at the moment when it is sent. Null where there is nothing to say any more: no such
 * account, no such gift.
 */
export const composer =
  (composing: Composing): Compose =>
  async (mail) => {
    const content = await contentOf(composing, mail);
    return content && letter(content, mail.locale);
  };

async function contentOf(
  { db, publicUrl, giftPage, openReset, verificationOf, unsubscribingOf }: Composing,
  { template, data, recipient, name, user_id: userId, locale }: TakenMail,
): Promise<Content | null> {
  if (!recipient) return null;
  switch (template) {
    case 'receipt': {
      const id = data.donationId ?? '';
      const row = await acting(db, 'system', 'mail.receipt', (tx) => tx.donations.receipt(id));
      return row && receiptMail(row, giftPage(id), locale);
    }
    case 'refund': {
      const { refund, gift } = await acting(db, 'system', 'mail.refund', async (tx) => {
        const refund = await tx.refunds.view(data.refundId ?? '');
        return { refund, gift: refund && (await tx.donations.receipt(refund.donation_id)) };
      });
      return refund && gift && refundMail(refund, gift, giftPage(refund.donation_id), locale);
    }
    case 'verdict': {
      const id = data.campaignId ?? '';
      const campaign = await db.campaigns.find({ id, slug: null, viewerId: null });
      if (!campaign) return null;
      const decision = data.decision === 'approve' ? 'approve' : 'reject';
      const url = decision === 'approve' ? `${publicUrl}/c/${campaign.slug}` : `${publicUrl}/studio/${id}`;
      return verdictMail({ decision, title: campaign.title, note: campaign.review_note ?? '' }, url, locale);
    }
    case 'bank-account': {
      const id = data.campaignId ?? '';
      const campaign = await db.campaigns.find({ id, slug: null, viewerId: null });
      return campaign && bankAccountMail(campaign.title, `${publicUrl}/studio/${id}`, locale);
    }
    case 'update': {
      const readerId = data.readerId ?? '';
      const row = await acting(db, 'system', 'mail.update', (tx) =>
        tx.updates.letter({ updateId: data.updateId ?? '', readerId }),
      );
      if (!row) return null;
      const token = unsubscribingOf({ readerId, campaignId: row.campaign_id });
      return updateMail(row, { publicUrl, token }, locale);
    }
    case 'verify-email': {
      if (!userId) return null;
      const token = verificationOf({ id: userId, email: recipient });
      return accountMail('verify', name, `${publicUrl}/verify-email#${token}`, locale);
    }
    case 'password-reset': {
      const token = await openReset(recipient);
      return token === null ? null : accountMail('reset', name, `${publicUrl}/reset#${token}`, locale);
    }
    case 'password-changed':
      return accountMail('changed', name, `${publicUrl}/forgot`, locale);
    default:
      throw new Error(`there is no mail called ${template}`);
  }
}
