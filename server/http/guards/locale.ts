import type { Request } from 'express';
import { LOCALES, type Locale } from '../../protocol/accounts.ts';

/** The language in which somebody wants to be written to, as their browser says; Indonesian where it says nothing. */
export const localeOf = (req: Request): Locale => {
  const wanted = req.acceptsLanguages([...LOCALES]);
  return LOCALES.find((locale) => locale === wanted && req.get('accept-language') !== undefined) ?? 'id';
};
