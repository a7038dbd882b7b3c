import Joi from 'joi';

export const alive = Joi.object<{ status: 'ok' }, true>({ status: Joi.string().valid('ok').required() });
export const readiness = Joi.object<{ status: string; database: boolean }, true>({
  status: Joi.string().valid('ok', 'draining', 'unavailable').required(),
  database: Joi.boolean().required(),
}).meta({ schemaName: 'Readiness' });
