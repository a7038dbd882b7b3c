/** Gateways settle by the day in Jakarta. */
const jakarta = new Intl.DateTimeFormat('en-CA', { timeZone: 'Asia/Jakarta', dateStyle: 'short' });

/** The calendar day in Jakarta, as YYYY-MM-DD. */
export const dayOf = (at: string | number): string => jakarta.format(new Date(at));
export const today = (): string => dayOf(Date.now());
