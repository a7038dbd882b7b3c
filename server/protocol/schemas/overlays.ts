import Joi from 'joi';
import type { Money } from '../money.ts';
import {
  ALERT_SECONDS_MAX,
  ALERT_SECONDS_MIN,
  LARGEST_MAX,
  OVERLAY_LANGUAGES,
  OVERLAY_THEMES,
  OVERLAY_VOICES,
  type OverlaySettings,
  type ReplayRequest,
  type SkipRequest,
  type TestAlertRequest,
} from '../overlays.ts';
import { rupiahBetween } from './money.ts';
import { uuid } from './text.ts';

const THRESHOLD_MAX = 1_000_000_000;
const threshold = (): Joi.ObjectSchema<Money> => rupiahBetween(0, THRESHOLD_MAX);

export const overlaySettings = Joi.object<OverlaySettings, true>({
  theme: Joi.string()
    .valid(...OVERLAY_THEMES)
    .required(),
  language: Joi.string()
    .valid(...OVERLAY_LANGUAGES)
    .required(),
  alertFrom: threshold().required(),
  alertSeconds: Joi.number().strict().integer().min(ALERT_SECONDS_MIN).max(ALERT_SECONDS_MAX).required(),
  sound: Joi.boolean().strict().required(),
  message: Joi.boolean().strict().required(),
  speech: Joi.boolean().strict().required(),
  voice: Joi.string()
    .valid(...OVERLAY_VOICES)
    .required(),
  speechFrom: threshold().required(),
});
export const testAlertRequest = Joi.object<TestAlertRequest, true>({
  gift: rupiahBetween(1, THRESHOLD_MAX).required(),
});
export const replayRequest = Joi.object<ReplayRequest, true>({ donationId: uuid().required() });
export const skipRequest = Joi.object<SkipRequest, true>({
  what: Joi.string().valid('shown', 'all').required(),
});
export const largestQuery = Joi.object<{ limit: number }, true>({
  limit: Joi.number().integer().min(1).max(LARGEST_MAX).default(5),
});
