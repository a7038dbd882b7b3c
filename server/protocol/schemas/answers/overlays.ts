import Joi from 'joi';
import type { WallItem } from '../../donations.ts';
import {
  OVERLAY_LANGUAGES,
  OVERLAY_THEMES,
  OVERLAY_VOICES,
  type OverlayMade,
  type OverlayPage,
  type OverlaySettings,
  type OverlayState,
  type OverlayView,
} from '../../overlays.ts';
import { wallItem } from './donations.ts';
import { count, id, instant, money } from './parts.ts';

export const overlaySettings = Joi.object<OverlaySettings, true>({
  theme: Joi.string()
    .valid(...OVERLAY_THEMES)
    .required(),
  language: Joi.string()
    .valid(...OVERLAY_LANGUAGES)
    .required(),
  alertFrom: money.required(),
  alertSeconds: count().required(),
  sound: Joi.boolean().required(),
  message: Joi.boolean().required(),
  speech: Joi.boolean().required(),
  voice: Joi.string()
    .valid(...OVERLAY_VOICES)
    .required(),
  speechFrom: money.required(),
}).meta({ schemaName: 'OverlaySettings' });

const overlayView = Joi.object<OverlayView, true>({
  id: id().required(),
  settings: overlaySettings.required(),
  createdAt: instant().required(),
}).meta({ schemaName: 'Overlay' });

const stateFields = {
  settings: overlaySettings.required(),
  campaign: Joi.object<OverlayState['campaign'], true>({
    id: id().required(),
    slug: Joi.string().required(),
    title: Joi.string().required(),
  }).required(),
  revoked: Joi.boolean().required(),
};
export const overlayState = Joi.object<OverlayState, true>(stateFields);

export const overlayAnswer = Joi.object<{ overlay: OverlayView | null }, true>({
  overlay: overlayView.allow(null).required(),
});
export const overlayMade = Joi.object<OverlayMade, true>({
  overlay: overlayView.required(),
  secret: Joi.string().required().description('The link is /overlay/# and this. It is told here alone.'),
});
export const overlayPage = Joi.object<{ overlay: OverlayPage }, true>({
  overlay: Joi.object<OverlayPage, true>({ id: id().required(), ...stateFields })
    .required()
    .meta({ schemaName: 'OverlayPage' }),
});
export const giftAnswer = Joi.object<{ gift: WallItem }, true>({ gift: wallItem.required() });
export const largestAnswer = Joi.object<{ items: WallItem[] }, true>({
  items: Joi.array().items(wallItem).required(),
});
