import Joi from 'joi';
import { OFFLINE_STATUSES, OFFLINE_WAYS, type OfflinePage, type OfflineView } from '../../offline.ts';
import { cursor, day, id, instant, money, words } from './parts.ts';

export const offlineView = Joi.object<OfflineView, true>({
  donationId: id().required(),
  campaignId: id().required(),
  campaignTitle: Joi.string().required(),
  gift: money.required(),
  tip: money.required(),
  way: Joi.string()
    .valid(...OFFLINE_WAYS)
    .required(),
  receivedOn: day().required(),
  proof: Joi.string().required(),
  status: Joi.string()
    .valid(...OFFLINE_STATUSES)
    .required(),
  enteredAt: instant().required(),
  decidedAt: instant().allow(null).required(),
  note: words().required(),
}).meta({ schemaName: 'OfflineGift' });
export const offlineAnswer = Joi.object<{ offline: OfflineView }, true>({ offline: offlineView.required() });
export const offlinePage = Joi.object<OfflinePage, true>({
  items: Joi.array().items(offlineView).required(),
  nextCursor: cursor().required(),
}).meta({ schemaName: 'OfflinePage' });
