import type { ComponentChildren } from 'preact';

export type Describe = { id: string; 'aria-describedby': string | undefined; 'aria-invalid': boolean };

type Props = {
  id: string;
  label: ComponentChildren;
  hint?: ComponentChildren;
  /** Said at the field; null when all is well. */
  error?: string | null | undefined;
  /** Gets what ties the control to its label, hint and error: spread it on the input. */
  children: (describe: Describe) => ComponentChildren;
};

/** A labelled control with its hint and its error. */
export function Field({ id, label, hint, error, children }: Props) {
  const described = [hint ? `${id}-hint` : '', error ? `${id}-error` : ''].filter(Boolean).join(' ');
  return (
    <div class="field">
      <label for={id}>{label}</label>
      {children({ id, 'aria-describedby': described || undefined, 'aria-invalid': Boolean(error) })}
      {hint && (
        <p class="hint" id={`${id}-hint`}>
          {hint}
        </p>
      )}
      <FieldError id={`${id}-error`} error={error} />
    </div>
  );
}

export const FieldError = ({ id, error }: { id: string; error?: string | null | undefined }) =>
  error ? (
    <p class="error" id={id}>
      {error}
    </p>
  ) : null;

/** Moves the focus to the first control that carries an error. */
export function focusFirstError(form: HTMLElement | null): void {
  // After the render that shows the errors.
  requestAnimationFrame(() => form?.querySelector<HTMLElement>('[aria-invalid="true"]')?.focus());
}
