import Joi from 'joi';
import { NAME_MAX } from '../bounds.ts';
import { GIFT_MIN, TIP_MAX } from '../money.ts';
import {
  OFFLINE_MAX,
  OFFLINE_STATUSES,
  OFFLINE_WAYS,
  type OfflineApproval,
  type OfflineQuery,
  type OfflineRejection,
  type OfflineRequest,
  PROOF_MAX,
} from '../offline.ts';
import { rupiahBetween } from './money.ts';
import { pageFields } from './settlements.ts';
import { calendarDay, line, text } from './text.ts';

const NOTE_MAX = 500;

export const offlineRequest = Joi.object<OfflineRequest, true>({
  gift: rupiahBetween(GIFT_MIN, OFFLINE_MAX).required(),
  tip: rupiahBetween(0, TIP_MAX),
  way: Joi.string()
    .valid(...OFFLINE_WAYS)
    .required(),
  receivedOn: calendarDay().required(),
  proof: line(PROOF_MAX).min(1).required(),
  donor: Joi.object({ name: line(NAME_MAX).min(1), anonymous: Joi.boolean().strict() }),
});
export const offlineQuery = Joi.object<OfflineQuery, true>({
  status: Joi.string().valid(...OFFLINE_STATUSES),
  ...pageFields,
});
export const offlineApproval = Joi.object<OfflineApproval, true>({ note: text(NOTE_MAX).allow('') });
export const offlineRejection = Joi.object<OfflineRejection, true>({
  note: text(NOTE_MAX).min(1).required(),
});
