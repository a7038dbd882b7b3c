import Joi from 'joi';
import { type SignedIn, STAFF_ROLES, type UserView } from '../../accounts.ts';
import { id, instant } from './parts.ts';

export const userView = Joi.object<UserView, true>({
  id: id().required(),
  emailVerified: Joi.boolean().required(),
  email: Joi.string().required(),
  name: Joi.string().required(),
  roles: Joi.array()
    .items(Joi.string().valid(...STAFF_ROLES))
    .required(),
}).meta({ schemaName: 'User' });

export const signedInAnswer = Joi.object<SignedIn, true>({
  user: userView.required(),
  accessToken: Joi.string().required(),
  expiresAt: instant().required(),
}).meta({ schemaName: 'SignedIn' });

export const meAnswer = Joi.object<{ user: UserView }, true>({ user: userView.required() });
