import type { ComponentChildren } from 'preact';
import { useState } from 'preact/hooks';
import { useLocation } from 'preact-iso/router';
import { useNow } from '../clock.ts';
import { Problem } from '../parts/Problem.tsx';
import { age } from '../studio/age.ts';
import type { Row, Rows } from './rows.ts';
import { useFinanceTexts } from './text.ts';

/** Which rows stand open. One may be named in the address, and the last that was opened is. */
export function useOpened(): { isOpen: (id: string) => boolean; toggle: (id: string) => void } {
  const { path, query, route } = useLocation();
  const [opened, setOpened] = useState<ReadonlySet<string>>(() => new Set(query.id ? [query.id] : []));
  return {
    isOpen: (id) => opened.has(id),
    toggle: (id) => {
      const next = new Set(opened);
      if (!next.delete(id)) next.add(id);
      setOpened(next);
      const { id: _before, ...others } = query;
      const search = new URLSearchParams({ ...others, ...(next.has(id) ? { id } : {}) });
      route(search.size > 0 ? `${path}?${search}` : path, true);
    },
  };
}

/** A list with its state: how many, what came in meanwhile, more. `columns` are heads where there is room for them. */
export function List<T>({
  rows: list,
  label,
  columns,
  empty,
  filter,
  children,
}: {
  rows: Rows<T>;
  label: string;
  columns: string[];
  empty: ComponentChildren;
  filter?: ComponentChildren;
  children: (row: Row<T>) => ComponentChildren;
}) {
  const { list: t } = useFinanceTexts();
  const { rows } = list;
  return (
    <section class="fin-listing" aria-label={label}>
      <div class="fin-list-bar">
        {filter}
        <p class="quiet small figures" role="status">
          {rows === null
            ? list.error === null && t.loading
            : rows.length > 0 && t.count(rows.length, list.hasMore)}
        </p>
        {list.fresh > 0 && (
          <button type="button" class="chip fin-fresh" onClick={list.showFresh}>
            {t.fresh(list.fresh)}
          </button>
        )}
      </div>
      {list.error !== null && <Problem error={list.error} retry={list.retry} />}
      {rows === null && list.error === null && (
        <div aria-hidden="true">
          <div class="bones staff-bone" />
          <div class="bones staff-bone" />
          <div class="bones staff-bone" />
        </div>
      )}
      {rows?.length === 0 && <div class="fin-empty">{empty}</div>}
      {rows !== null && rows.length > 0 && (
        <>
          <div class="fin-columns" aria-hidden="true">
            {columns.map((column) => (
              <span key={column}>{column}</span>
            ))}
          </div>
          <ol class="fin-rows">{rows.map(children)}</ol>
        </>
      )}
      {list.hasMore && (
        <button
          type="button"
          class="button button-quiet fin-more"
          disabled={list.isReading}
          onClick={list.more}
        >
          {list.isReading ? t.loading : t.more}
        </button>
      )}
    </section>
  );
}

/** One line: age and amount first. Opens in place, so that nothing above it moves. */
export function Entry({
  id,
  since,
  isWaiting,
  amount,
  title,
  side,
  status,
  tone = '',
  isChanged,
  isOpen,
  onToggle,
  children,
}: {
  id: string;
  since: string;
  isWaiting: boolean;
  amount: string;
  title: ComponentChildren;
  side: ComponentChildren;
  status: string;
  tone?: '' | 'tag-good' | 'tag-warn' | 'tag-alarm';
  isChanged: boolean;
  isOpen: boolean;
  onToggle: () => void;
  children: () => ComponentChildren;
}) {
  const { list: t } = useFinanceTexts();
  const now = useNow(30_000);
  const old = age(since, now);
  return (
    <li class={`fin-row ${isOpen ? 'fin-row-open' : ''} ${isWaiting ? '' : 'fin-row-done'}`}>
      <button
        type="button"
        class="fin-row-head"
        data-row={id}
        aria-expanded={isOpen}
        aria-controls={isOpen ? `row-${id}` : undefined}
        onClick={onToggle}
      >
        <span class="fin-age">
          <span class="unseen">{isWaiting ? t.waited(old) : t.ago(old)}, </span>
          <span aria-hidden="true">{old}</span>
        </span>
        <strong class="fin-amount figures">{amount}</strong>
        <span class="fin-title">{title}</span>
        <span class="fin-side">{side}</span>
        <span class="fin-state">
          <span class={`tag ${tone}`}>{status}</span>
          {isChanged && <span class="mark-new">{t.changed}</span>}
        </span>
      </button>
      {isOpen && (
        <div class="fin-detail" id={`row-${id}`}>
          {children()}
        </div>
      )}
    </li>
  );
}

export type Fact = [name: string, value: ComponentChildren];
/** What is known, without what is not. */
export const Facts = ({ facts }: { facts: (Fact | null)[] }) => (
  <dl class="fin-facts">
    {facts.map(
      (fact) =>
        fact && (
          <div key={fact[0]}>
            <dt>{fact[0]}</dt>
            <dd>{fact[1]}</dd>
          </div>
        ),
    )}
  </dl>
);

export function StatusFilter<S extends string>({
  value,
  options,
}: {
  value: S;
  options: [value: S, name: string][];
}) {
  const { list: t } = useFinanceTexts();
  const { path, query, route } = useLocation();
  return (
    <label class="fin-filter">
      <span class="quiet small">{t.filter}</span>
      <select
        class="input"
        value={value}
        onChange={({ currentTarget }) => {
          const { id: _id, status: _status, ...others } = query;
          const first = options[0]?.[0];
          const search = new URLSearchParams({
            ...others,
            ...(currentTarget.value === first ? {} : { status: currentTarget.value }),
          });
          route(search.size > 0 ? `${path}?${search}` : path, true);
        }}
      >
        {options.map(([one, name]) => (
          <option value={one} key={one}>
            {name.charAt(0).toUpperCase() + name.slice(1)}
          </option>
        ))}
      </select>
    </label>
  );
}
