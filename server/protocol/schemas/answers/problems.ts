import Joi from 'joi';
import { PROBLEMS, type Problem } from '../../problems.ts';
import { words } from './parts.ts';

export const problem = Joi.object<Problem, true>({
  type: Joi.string().required(),
  title: Joi.string().required(),
  status: Joi.number().integer().required(),
  detail: Joi.string().required(),
  code: Joi.string()
    .valid(...Object.keys(PROBLEMS))
    .required(),
  requestId: Joi.string(),
  errors: Joi.array().items(
    Joi.object<{ path: string; message: string }, true>({
      path: words().required(),
      message: Joi.string().required(),
    }),
  ),
})
  .description('RFC 9457. `code` is stable and for programs, `detail` is a sentence for people.')
  .meta({ schemaName: 'Problem' });
