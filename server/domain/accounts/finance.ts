import { Refusal } from '../refusal.ts';
import { holds, type Principal } from './principal.ts';

/** Throws Refusal 'forbidden' unless the caller may move money. */
export function onlyFinance(principal: Principal): void {
  if (!holds(principal, 'finance')) throw new Refusal('forbidden', 'Only finance may do this.');
}

/** Whether the caller may read everything about money. */
export const readsBooks = (principal: Principal): boolean => holds(principal, 'finance', 'auditor');

/** Throws Refusal 'forbidden' unless the caller may read everything about money. */
export function onlyBookReaders(principal: Principal): void {
  if (!readsBooks(principal)) throw new Refusal('forbidden', 'Only finance and auditors may see this.');
}
