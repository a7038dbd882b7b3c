import Joi from 'joi';
import type { Oembed } from '../../embed.ts';
import { count } from './parts.ts';

export const oembed = Joi.object<Oembed, true>({
  version: Joi.string().valid('1.0').required(),
  type: Joi.string().valid('rich').required(),
  title: Joi.string().required(),
  author_name: Joi.string().required(),
  provider_name: Joi.string().required(),
  provider_url: Joi.string().required(),
  cache_age: count().required(),
  width: count().required(),
  height: count().required(),
  html: Joi.string().required(),
}).meta({ schemaName: 'Oembed' });
