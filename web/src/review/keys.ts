import { signal } from '@preact/signals';
import { useEffect, useRef } from 'preact/hooks';
import { remembered } from '../storage.ts';

const KEY = 'sk.review-keys';
/** Single letters as shortcuts can be switched off (WCAG 2.1.4): speech input types letters. */
export const hasKeys = signal(remembered.get(KEY) !== 'off');
export function switchKeys(): void {
  hasKeys.value = !hasKeys.value;
  remembered.set(KEY, hasKeys.value ? null : 'off');
}

/** Calls the deed of a key while shortcuts are on, and nobody is typing. The newest deeds always hear. */
export function useKeys(deeds: Record<string, () => void>): void {
  const latest = useRef(deeds);
  latest.current = deeds;
  useEffect(() => {
    const press = (event: KeyboardEvent) => {
      if (event.ctrlKey || event.metaKey || event.altKey || event.defaultPrevented) return;
      const isTyping = event.target instanceof Element && event.target.closest('input, textarea, select');
      // Escape leaves a field; every other key belongs to it.
      if (isTyping && event.key !== 'Escape') return;
      if (!hasKeys.value && event.key.length === 1) return;
      const deed = latest.current[event.key];
      if (!deed) return;
      event.preventDefault();
      deed();
    };
    addEventListener('keydown', press);
    return () => removeEventListener('keydown', press);
  }, []);
}
