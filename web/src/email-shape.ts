/** Enough to catch a typing error; whether anybody reads there, only a mail can tell. */
export const EMAIL_SHAPE = /^[^\s@]+@[^\s@]+\.[^\s@]{2,}$/;
