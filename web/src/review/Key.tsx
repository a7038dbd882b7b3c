import { hasKeys } from './keys.ts';

/** A shortcut's key beside what it does, while shortcuts are on and a keyboard is likely. */
export const Key = ({ name }: { name: string }) =>
  hasKeys.value ? (
    <span class="key" aria-hidden="true">
      {name}
    </span>
  ) : null;
