import { useEffect, useRef, useState } from 'preact/hooks';
import type { DonationStatus, DonationView } from '../../../server/protocol/donations.ts';
import type { UserEvents, UserState } from '../../../server/protocol/feeds.ts';
import { userFeed } from '../../../server/protocol/feeds.ts';
import { myDonations } from '../api.ts';
import { dateTime, money } from '../format.ts';
import { useTexts } from '../i18n/language.ts';
import { useFeed } from '../live.ts';
import { Layout } from '../parts/Layout.tsx';
import { Problem } from '../parts/Problem.tsx';
import { user } from '../session.ts';
import { useReturnedTexts } from './returned-text.ts';
import '../styles/me.css';

const TONES: Partial<Record<DonationStatus, string>> = {
  paid: 'tag-good',
  partially_refunded: 'tag-good',
  pending: 'tag-warn',
};

export default function Me() {
  const t = useTexts();
  const me = user.value;
  if (me) return <Gifts id={me.id} name={me.name} key={me.id} />;
  return (
    <Layout title={t.me.title}>
      <div class="wrap message-page" aria-busy={me === undefined}>
        <h1>{t.me.title}</h1>
        {me === undefined ? (
          <p class="quiet" role="status">
            {t.site.loading}
          </p>
        ) : (
          <>
            <p>{t.me.needSignIn}</p>
            <a class="button button-call" href="/signin?next=%2Fme">
              {t.nav.signIn}
            </a>
          </>
        )}
      </div>
    </Layout>
  );
}

/** Paid once, and no longer given. */
const isGone = ({ status }: DonationView): boolean =>
  status === 'refunded' || status === 'reversed' || status === 'charged_back';

type List = { items: DonationView[]; nextCursor: string | null };

function Gifts({ id, name }: { id: string; name: string }) {
  const t = useTexts();
  const r = useReturnedTexts();
  const [list, setList] = useState<List | null>(null);
  const [error, setError] = useState<unknown>(null);
  const [isLoading, setIsLoading] = useState(false);
  const stop = useRef(new AbortController());

  /** The first page anew; what was loaded behind it stays. */
  const refresh = useRef(() => {
    setError(null);
    myDonations(null, stop.current.signal).then(
      (page) =>
        setList((now) => {
          const fresh = new Set(page.items.map((item) => item.id));
          const older = now?.items.filter((item) => !fresh.has(item.id)) ?? [];
          return older.length > 0 && now
            ? { items: [...page.items, ...older], nextCursor: now.nextCursor }
            : page;
        }),
      (reason) => {
        if (!stop.current.signal.aborted) setError(reason);
      },
    );
  }).current;
  useEffect(() => {
    refresh();
    return () => stop.current.abort();
  }, [refresh]);

  const more = () => {
    if (!list?.nextCursor) return;
    setIsLoading(true);
    myDonations(list.nextCursor, stop.current.signal)
      .then((page) =>
        setList((now) => ({ items: [...(now?.items ?? []), ...page.items], nextCursor: page.nextCursor })),
      )
      .catch(setError)
      .finally(() => setIsLoading(false));
  };

  useFeed<UserState, UserEvents>(userFeed(id), {
    onState: () => refresh(),
    onEvents: (events) => {
      const paid = new Set(
        events.filter(({ type }) => type === 'donation.paid').map(({ data }) => 'id' in data && data.id),
      );
      if (events.every(({ type }) => type === 'session.revoked')) return;
      // At once in the row, then the truth in full.
      setList(
        (now) =>
          now && {
            ...now,
            items: now.items.map((item) => (paid.has(item.id) ? { ...item, status: 'paid' } : item)),
          },
      );
      refresh();
    },
  });

  return (
    <Layout title={t.me.title}>
      <div class="wrap me">
        <div>
          <h1>{t.me.title}</h1>
          <p class="quiet">{t.me.lead(name)}</p>
        </div>
        {error !== null && <Problem error={error} retry={refresh} />}
        {!list && error === null && (
          <p class="quiet" role="status">
            {t.site.loading}
          </p>
        )}
        {list && list.items.length === 0 && (
          <div class="empty">
            <h2>{t.me.empty}</h2>
            <p class="quiet">{t.me.emptyNext}</p>
            <a class="button button-call" href="/">
              {t.me.find}
            </a>
          </div>
        )}
        {list && list.items.length > 0 && (
          <ul class="gifts">
            {list.items.map((item) => (
              <li key={item.id}>
                <div>
                  <p class={`gift-amount figures ${isGone(item) ? 'gift-gone' : ''}`}>{money(item.gift)}</p>
                  {item.status === 'partially_refunded' && item.returned.amount > 0 && (
                    <p class="small quiet figures">{r.inList(money(item.returned))}</p>
                  )}
                </div>
                <div class="gift-words">
                  <h2 lang="id">
                    <a href={`/c/${item.campaign.slug}`}>{item.campaign.title}</a>
                  </h2>
                  <p class="small quiet">
                    <time dateTime={item.paidAt ?? item.createdAt}>
                      {dateTime(item.paidAt ?? item.createdAt)}
                    </time>
                    {item.payment && <>, {t.method[item.payment.method]}</>}
                  </p>
                </div>
                <p class="gift-state">
                  <span class={`tag ${TONES[item.status] ?? ''}`}>{t.donationStatus[item.status]}</span>
                  <a
                    href={`/d/${item.id}`}
                    aria-label={`${item.status === 'pending' ? t.me.finish : t.me.details}: ${money(item.gift)}, ${item.campaign.title}`}
                  >
                    {item.status === 'pending' ? t.me.finish : t.me.details}
                  </a>
                </p>
              </li>
            ))}
          </ul>
        )}
        {list?.nextCursor && (
          <p>
            <button type="button" class="button" disabled={isLoading} onClick={more}>
              {isLoading ? t.site.loading : t.me.more}
            </button>
          </p>
        )}
      </div>
    </Layout>
  );
}
