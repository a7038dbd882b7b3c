import type { Request } from 'express';
import type { Locale } from '../../protocol/updates.ts';

/** The language that the caller reads, of those we write mails in; our pages name the one that was chosen on them. */
export const localeOf = (req: Request): Locale => (req.acceptsLanguages('id', 'en') === 'en' ? 'en' : 'id');
