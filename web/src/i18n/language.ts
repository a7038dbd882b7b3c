import { batch, signal } from '@preact/signals';
import { remembered } from '../storage.ts';
import { id, type Texts } from './id.ts';

export type Language = 'id' | 'en';
const KEY = 'sk.language';

/** Indonesian unless a person chose otherwise: phones in Indonesia are often set to English by their shop. */
const chosen = (): Language => (remembered.get(KEY) === 'en' ? 'en' : 'id');

export const language = signal<Language>('id');
const texts = signal<Texts>(id);

/** The words of the page in the chosen language; a component that reads them follows a switch. */
export const useTexts = (): Texts => texts.value;

/** For words of a part of the site that are kept apart from the common ones, e.g. the studio's. */
export const pick = <T>(both: { id: T; en: T }): T => both[language.value];

async function become(next: Language): Promise<void> {
  const words = next === 'en' ? (await import('./en.ts')).en : id;
  batch(() => {
    language.value = next;
    texts.value = words;
  });
  document.documentElement.lang = next;
}

/** Before the first render, so that nobody sees the page change its language. */
export const startLanguage = (): Promise<void> => become(chosen());

export async function switchLanguage(): Promise<void> {
  const next = language.value === 'id' ? 'en' : 'id';
  remembered.set(KEY, next);
  await become(next);
}
