import type { ComponentChildren } from 'preact';
import { useEffect, useId, useRef, useState } from 'preact/hooks';
import { useTexts } from '../i18n/language.ts';
import { Field } from '../parts/Field.tsx';
import { useDeed } from './deed.ts';
import { Refused } from './Refused.tsx';
import { useFinanceTexts } from './text.ts';

type Words = { label: string; isLine?: boolean; isOptional?: boolean; missing?: string; max: number };
export type Ask = {
  name: string;
  question: string;
  hint?: string;
  words?: Words;
  /** What else is asked for; it keeps its own state, and `check` says whether it is well. */
  more?: ComponentChildren;
  check?: () => boolean;
  yes: string;
  refused?: Parameters<typeof Refused>[0]['own'];
  /** Does it, and answers what is to be said of it. Throws ApiError. */
  send: (words: string) => Promise<string>;
  onRefused?: (error: unknown) => void;
};

/** What can be done about a row, each in two steps: the second repeats what it is about. */
export function Deeds({ asks }: { asks: Ask[] }) {
  const [open, setOpen] = useState<string | null>(null);
  const [said, setSaid] = useState('');
  const bar = useRef<HTMLDivElement>(null);
  const saying = useRef<HTMLParagraphElement>(null);
  const asked = asks.find(({ name }) => name === open);
  const back = (name: string) => {
    setOpen(null);
    requestAnimationFrame(() => bar.current?.querySelector<HTMLElement>(`[data-deed="${name}"]`)?.focus());
  };
  return (
    <div class="fin-deeds" ref={bar}>
      {said && (
        <p class="fin-said" ref={saying} tabIndex={-1}>
          {said}
        </p>
      )}
      {asked ? (
        <Asking
          key={asked.name}
          ask={asked}
          onCancel={() => back(asked.name)}
          onDone={(words) => {
            setOpen(null);
            setSaid(words);
            requestAnimationFrame(() => saying.current?.focus());
          }}
        />
      ) : (
        asks.length > 0 && (
          <div class="fin-deed-bar">
            {asks.map(({ name }) => (
              <button
                type="button"
                key={name}
                data-deed={name}
                class="button button-quiet"
                onClick={() => {
                  setSaid('');
                  setOpen(name);
                }}
              >
                {name}
              </button>
            ))}
          </div>
        )
      )}
    </div>
  );
}

function Asking({
  ask,
  onCancel,
  onDone,
}: {
  ask: Ask;
  onCancel: () => void;
  onDone: (said: string) => void;
}) {
  const site = useTexts();
  const { deed: t } = useFinanceTexts();
  const id = useId();
  const deed = useDeed();
  const [words, setWords] = useState('');
  const [isChecked, setIsChecked] = useState(false);
  const form = useRef<HTMLFormElement>(null);
  const heading = useRef<HTMLParagraphElement>(null);
  useEffect(() => {
    heading.current?.focus({ preventScroll: true });
    form.current?.scrollIntoView({ block: 'nearest' });
  }, []);
  const wish = ask.words;
  const isMissing = isChecked && wish !== undefined && !wish.isOptional && words.trim() === '';
  const describe = wish && {
    class: 'input',
    maxLength: wish.max,
    value: words,
    onInput: ({ currentTarget }: { currentTarget: HTMLInputElement | HTMLTextAreaElement }) =>
      setWords(currentTarget.value),
  };
  return (
    <form
      class="fin-ask"
      ref={form}
      noValidate
      aria-labelledby={`${id}-q`}
      onKeyDown={(event) => {
        if (event.key !== 'Escape' || deed.isSending) return;
        event.preventDefault();
        onCancel();
      }}
      onSubmit={(event) => {
        event.preventDefault();
        setIsChecked(true);
        const isWell = (!wish || wish.isOptional || words.trim() !== '') && (ask.check?.() ?? true);
        if (!isWell) {
          requestAnimationFrame(() =>
            form.current?.querySelector<HTMLElement>('[aria-invalid="true"]')?.focus(),
          );
          return;
        }
        let said = '';
        void deed
          .run(null, async () => {
            try {
              said = await ask.send(words.trim());
            } catch (error) {
              ask.onRefused?.(error);
              throw error;
            }
          })
          .then((isDone) => isDone && onDone(said));
      }}
    >
      <p class="fin-question figures" id={`${id}-q`} ref={heading} tabIndex={-1}>
        {ask.question}
      </p>
      {ask.hint && <p class="quiet small">{ask.hint}</p>}
      {ask.more}
      {wish && describe && (
        <Field
          id={`${id}-w`}
          label={
            <>
              {wish.label}{' '}
              {wish.isOptional && <span class="quiet staff-optional">({site.site.optional})</span>}
            </>
          }
          error={isMissing ? (wish.missing ?? t.noteMissing) : null}
        >
          {(field) =>
            wish.isLine ? (
              <input {...field} {...describe} autocomplete="off" />
            ) : (
              <textarea {...field} {...describe} rows={2} />
            )
          }
        </Field>
      )}
      <Refused error={deed.error} own={ask.refused ?? {}} />
      <div class="fin-deed-bar">
        <button type="submit" class="button button-quiet button-call" disabled={deed.isSending}>
          {deed.isSending ? t.sending : ask.yes}
        </button>
        <button type="button" class="button button-quiet" disabled={deed.isSending} onClick={onCancel}>
          {t.cancel}
        </button>
      </div>
    </form>
  );
}
