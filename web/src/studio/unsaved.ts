import { FIELDS, type Values } from './form.ts';

/**
 * Text that is typed and not saved yet, kept for this tab alone: a reload, a lost session or a wrong tap must not cost
 * an hour of writing, and nobody who uses the device later finds it.
 */
const keyOf = (userId: string, id: string | null): string => `sk.unsaved.${userId}.${id ?? 'new'}`;

export const unsaved = {
  get(userId: string, id: string | null): Values | null {
    try {
      const kept: unknown = JSON.parse(sessionStorage.getItem(keyOf(userId, id)) ?? 'null');
      const isWhole = typeof kept === 'object' && kept !== null && FIELDS.every((field) => field in kept);
      return isWhole ? (kept as Values) : null;
    } catch {
      return null;
    }
  },
  set(userId: string, id: string | null, values: Values | null): void {
    try {
      if (values) sessionStorage.setItem(keyOf(userId, id), JSON.stringify(values));
      else sessionStorage.removeItem(keyOf(userId, id));
    } catch {
      // Storage that is full or forbidden: the page works without.
    }
  },
};
