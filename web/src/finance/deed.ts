import { useRef, useState } from 'preact/hooks';
import { newKey } from '../new-key.ts';

export type Deed = {
  isSending: boolean;
  /** Why the last try was refused; null while it is tried anew. */
  error: unknown;
  forget: () => void;
  /**
   * Does it once at a time. `content` is what is asked for: the same content keeps its Idempotency-Key over every retry,
   * other content is another intent. Answers whether it was done.
   */
  run: (content: unknown, send: (key: string) => Promise<void>) => Promise<boolean>;
};

export function useDeed(): Deed {
  const [isSending, setIsSending] = useState(false);
  const [error, setError] = useState<unknown>(null);
  // A second click may come before the button has heard that it is disabled.
  const isBusy = useRef(false);
  const intent = useRef<{ content: string; key: string } | null>(null);
  return {
    isSending,
    error,
    forget: () => setError(null),
    run: async (content, send) => {
      if (isBusy.current) return false;
      isBusy.current = true;
      setIsSending(true);
      setError(null);
      const text = JSON.stringify(content);
      if (intent.current?.content !== text) intent.current = { content: text, key: newKey() };
      try {
        await send(intent.current.key);
        intent.current = null;
        return true;
      } catch (reason) {
        setError(reason);
        return false;
      } finally {
        isBusy.current = false;
        setIsSending(false);
      }
    },
  };
}
