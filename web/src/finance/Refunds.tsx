import { useCallback, useEffect, useRef, useState } from 'preact/hooks';
import { useLocation } from 'preact-iso/router';
import type { PaidGiftView, RefundStatus, RefundView } from '../../../server/protocol/refunds.ts';
import { REFUND_STATUSES } from '../../../server/protocol/refunds.ts';
import { dateTime, rupiah } from '../format.ts';
import { ApiError } from '../http.ts';
import { useTexts } from '../i18n/language.ts';
import { Field } from '../parts/Field.tsx';
import { Problem } from '../parts/Problem.tsx';
import { findGift, refunds } from './calls.ts';
import { GiveBack } from './GiveBack.tsx';
import { Entry, Facts, List, StatusFilter, useOpened } from './List.tsx';
import { addressOf } from './parts.ts';
import { type Rows, useRows } from './rows.ts';
import { useFinanceTexts } from './text.ts';
import { CampaignTitle } from './titles.tsx';

const UUID = /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;
const REFERENCE = /^[A-Z0-9]{10,30}$/;

/** What a person pastes: a gift's id or a payment's reference; null if it can be neither. */
function readNumber(text: string): { id: string } | { reference: string } | null {
  const trimmed = text.trim();
  if (UUID.test(trimmed.toLowerCase())) return { id: trimmed.toLowerCase() };
  return REFERENCE.test(trimmed.toUpperCase()) ? { reference: trimmed.toUpperCase() } : null;
}

export function Refunds({ canAct, beat }: { canAct: boolean; beat: number }) {
  const { query } = useLocation();
  const shown = REFUND_STATUSES.find((one) => one === query.status) ?? null;
  const rows = useRows<RefundView>({
    of: shown ?? 'all',
    beat,
    idOf: ({ id }) => id,
    load: async (cursor) => {
      const page = await refunds(shown, cursor);
      if (shown === null || cursor !== null) return page;
      return { ...page, others: (await refunds(null, null)).items };
    },
  });
  return (
    <div class="fin-sections">
      <Finder canAct={canAct} beat={beat} onRefund={rows.add} />
      <RefundList rows={rows} shown={shown} />
    </div>
  );
}

function Finder({
  canAct,
  beat,
  onRefund,
}: {
  canAct: boolean;
  beat: number;
  onRefund: (refund: RefundView) => void;
}) {
  const { refunds: t } = useFinanceTexts();
  const { query, route } = useLocation();
  const asked = query.find ?? '';
  const [text, setText] = useState(asked);
  const [fault, setFault] = useState<string | null>(null);
  const [gift, setGift] = useState<PaidGiftView | null>(null);
  const [error, setError] = useState<unknown>(null);
  const latest = useRef(asked);
  latest.current = asked;
  const { findNone, findShape } = t;
  const look = useCallback(async () => {
    const wanted = readNumber(latest.current);
    if (!wanted) {
      setGift(null);
      setFault(latest.current === '' ? null : findShape);
      return;
    }
    const of = latest.current;
    try {
      const found = await findGift(wanted);
      if (of !== latest.current) return;
      setGift(found);
      setFault(null);
      setError(null);
    } catch (reason) {
      if (of !== latest.current) return;
      if (reason instanceof ApiError && reason.code === 'not-found') {
        setGift(null);
        setFault(findNone);
        setError(null);
      } else setError(reason);
    }
  }, [findNone, findShape]);
  useEffect(() => void look(), [look, asked, beat]);
  useEffect(() => setText(asked), [asked]);
  const shown = gift && asked !== '' ? gift : null;

  return (
    <section class="fin-find">
      <form
        class="fin-find-form"
        noValidate
        onSubmit={(event) => {
          event.preventDefault();
          const { find: _find, ...others } = query;
          const number = text.trim();
          if (number === asked) return void look();
          const search = new URLSearchParams({ ...others, ...(number ? { find: number } : {}) });
          route(search.size > 0 ? `${addressOf('refunds')}?${search}` : addressOf('refunds'), true);
        }}
      >
        <Field id="find" label={t.find} hint={t.findHint} error={fault}>
          {(describe) => (
            <div class="fin-find-line">
              <input
                {...describe}
                class="input fin-code"
                type="search"
                autocomplete="off"
                spellcheck={false}
                value={text}
                onInput={({ currentTarget }) => setText(currentTarget.value)}
              />
              <button type="submit" class="button">
                {t.findDo}
              </button>
            </div>
          )}
        </Field>
      </form>
      {error !== null && <Problem error={error} retry={() => void look()} />}
      {shown && (
        <Gift
          key={shown.id}
          gift={shown}
          canAct={canAct}
          onRefund={(refund) => {
            onRefund(refund);
            void look();
          }}
        />
      )}
    </section>
  );
}

function Gift({
  gift,
  canAct,
  onRefund,
}: {
  gift: PaidGiftView;
  canAct: boolean;
  onRefund: (refund: RefundView) => void;
}) {
  const site = useTexts();
  const { list: l, refunds: t } = useFinanceTexts();
  const { payments } = gift;
  return (
    <article class="fin-gift">
      <header>
        <p class="fin-gift-amount figures">
          {rupiah(gift.gift.amount)}
          {gift.tip.amount > 0 && (
            <span class="quiet">
              {' '}
              + {t.tip.toLowerCase()} {rupiah(gift.tip.amount)}
            </span>
          )}
        </p>
        <h3 lang="id">
          <a href={`/c/${gift.campaign.slug}`} target="_blank" rel="noopener">
            {gift.campaign.title}
          </a>
        </h3>
      </header>
      <Facts
        facts={[
          gift.paidAt ? [t.paidAt, dateTime(gift.paidAt)] : null,
          gift.returned.amount > 0
            ? [t.returned, <span class="figures">{rupiah(gift.returned.amount)}</span>]
            : null,
          [l.status, site.donationStatus[gift.status]],
        ]}
      />
      <ul class="fin-payments">
        {payments.map((payment) => (
          <li key={payment.id} class="fin-payment">
            <div class="fin-payment-head">
              <strong class="figures">{rupiah(payment.amount.amount)}</strong>
              <span>{site.method[payment.method] ?? payment.method}</span>
              <span class="fin-code">{payment.reference}</span>
              <span class="fin-payment-tags">
                <span class={`tag ${payment.status === 'paid' ? 'tag-good' : ''}`}>
                  {t.paymentStatus[payment.status] ?? payment.status}
                </span>
                {payment.settled && <span class="tag">{t.settled}</span>}
                {payment.suspense && <span class="tag tag-warn">{t.suspense}</span>}
              </span>
            </div>
            {payment.status === 'paid' && (
              <GiveBack gift={gift} payment={payment} canAct={canAct} onDone={onRefund} />
            )}
          </li>
        ))}
      </ul>
      {payments.every(({ status }) => status !== 'paid') && <p class="quiet">{t.notPaid}</p>}
    </article>
  );
}

function RefundList({ rows, shown }: { rows: Rows<RefundView>; shown: RefundStatus | null }) {
  const { list: l, refunds: t } = useFinanceTexts();
  const { isOpen, toggle } = useOpened();
  const options: [RefundStatus | 'all', string][] = [
    ['all', l.all],
    ...REFUND_STATUSES.map((one): [RefundStatus, string] => [one, t.statuses[one]]),
  ];
  return (
    <section>
      <h3>{t.listTitle}</h3>
      <List
        rows={rows}
        label={t.listTitle}
        columns={[l.age, l.amount, l.campaign, t.reference, l.status]}
        empty={<p>{t.empty}</p>}
        filter={<StatusFilter value={shown ?? 'all'} options={options} />}
      >
        {({ id, item, isChanged }) => (
          <Entry
            key={id}
            id={id}
            since={item.requestedAt}
            isWaiting={item.status === 'requested'}
            amount={rupiah(item.gift.amount + item.tip.amount)}
            title={<CampaignTitle id={item.campaignId} />}
            side={<span class="fin-code">{item.reference}</span>}
            status={t.statuses[item.status]}
            tone={item.status === 'done' ? 'tag-good' : item.status === 'failed' ? 'tag-alarm' : 'tag-warn'}
            isChanged={isChanged}
            isOpen={isOpen(id)}
            onToggle={() => toggle(id)}
          >
            {() => (
              <>
                <Facts
                  facts={[
                    [t.gift, <span class="figures">{rupiah(item.gift.amount)}</span>],
                    item.tip.amount > 0
                      ? [t.tip, <span class="figures">{rupiah(item.tip.amount)}</span>]
                      : null,
                    [t.way, t.made[item.madeAt]],
                    [t.reason, item.reason],
                    [t.requestedAt, dateTime(item.requestedAt)],
                    item.endedAt ? [t.endedAt, dateTime(item.endedAt)] : null,
                    item.failure ? [t.failure, item.failure] : null,
                    [
                      t.again,
                      <a class="fin-code" href={`${addressOf('refunds')}?find=${item.reference}`}>
                        {item.reference}
                      </a>,
                    ],
                  ]}
                />
                {item.status === 'requested' && (
                  <p class="quiet">{item.madeAt === 'payout' ? t.payoutWaits : t.retry}</p>
                )}
                {item.madeAt === 'payout' && (
                  <p>
                    <a
                      class="fin-link"
                      href={`${addressOf('payouts')}${item.status === 'requested' ? '' : '?status=all'}`}
                    >
                      {t.payoutLink}
                    </a>
                  </p>
                )}
              </>
            )}
          </Entry>
        )}
      </List>
    </section>
  );
}
