import Joi from 'joi';
import type { OembedQuery } from '../embed.ts';

const URL_LENGTH_MAX = 2_000;
const PIXELS_MAX = 10_000;

export const oembedQuery = Joi.object<OembedQuery, true>({
  url: Joi.string()
    .pattern(/^https?:\/\/\S+$/)
    .max(URL_LENGTH_MAX)
    .required()
    .description("A campaign's page, or its frame."),
  maxwidth: Joi.number().integer().min(1).max(PIXELS_MAX),
  maxheight: Joi.number().integer().min(1).max(PIXELS_MAX),
  format: Joi.string().valid('json'),
  dnt: Joi.string().max(10),
});
