import { signal } from '@preact/signals';
import { remembered } from './storage.ts';

export type Theme = 'light' | 'night';
const KEY = 'sk.theme';
const dark = matchMedia('(prefers-color-scheme: dark)');
const wished = (): Theme | null => {
  const value = remembered.get(KEY);
  return value === 'light' || value === 'night' ? value : null;
};

export const theme = signal<Theme>(wished() ?? (dark.matches ? 'night' : 'light'));
dark.addEventListener('change', () => {
  if (!wished()) theme.value = dark.matches ? 'night' : 'light';
});

export function switchTheme(): void {
  theme.value = theme.value === 'night' ? 'light' : 'night';
  remembered.set(KEY, theme.value);
  document.documentElement.dataset.theme = theme.value;
}
