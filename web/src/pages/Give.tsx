import { useEffect, useRef, useState } from 'preact/hooks';
import { useLocation } from 'preact-iso/router';
import { EMAIL_MAX, MESSAGE_MAX, NAME_MAX } from '../../../server/protocol/bounds.ts';
import type { CampaignView } from '../../../server/protocol/campaigns.ts';
import type { DonationRequest } from '../../../server/protocol/donations.ts';
import { METHODS, type Method } from '../../../server/protocol/methods.ts';
import { GIFT_MAX, GIFT_MIN, TIP_MAX } from '../../../server/protocol/money.ts';
import { donate, campaign as fetchCampaign } from '../api.ts';
import { useCanonicalSlug } from '../canonical.ts';
import { keepClaim } from '../claims.ts';
import { EMAIL_SHAPE } from '../email-shape.ts';
import { percent, rupiah } from '../format.ts';
import { ApiError } from '../http.ts';
import { useTexts } from '../i18n/language.ts';
import { newKey } from '../new-key.ts';
import { AmountField } from '../parts/AmountField.tsx';
import { Field, FieldError, focusFirstError } from '../parts/Field.tsx';
import { BackIcon } from '../parts/icons.tsx';
import { Layout } from '../parts/Layout.tsx';
import { MethodPicker } from '../parts/MethodPicker.tsx';
import { Problem } from '../parts/Problem.tsx';
import { Scene } from '../scene/Scene.tsx';
import { user } from '../session.ts';
import { remembered } from '../storage.ts';
import { USUAL_AMOUNTS } from '../usual-amounts.ts';
import '../styles/give.css';

const METHOD_KEY = 'sk.method';
/** Refusals that say nothing about what was asked. */
const MAY_STAND = new Set<string>(['in-flight', 'too-many-requests', 'unauthenticated']);

type Draft = {
  amount: number | null;
  tip: number | null;
  method: Method | null;
  isAnonymous: boolean;
  name: string;
  email: string;
  wantsUpdates: boolean;
  message: string;
};
type Errors = Partial<Record<'amount' | 'tip' | 'method' | 'name' | 'email' | 'message', string>>;

export default function Give({ slug }: { slug: string }) {
  const t = useTexts();
  const [campaign, setCampaign] = useState<CampaignView | null>(null);
  const [error, setError] = useState<unknown>(null);
  const [attempt, setAttempt] = useState(0);
  const found = useRef<string | null>(null);
  useCanonicalSlug(slug, campaign?.slug, '/give');
  useEffect(() => {
    if (found.current === slug) return;
    const stop = new AbortController();
    setError(null);
    fetchCampaign(slug, stop.signal).then(
      ({ campaign }) => {
        found.current = campaign.slug;
        setCampaign(campaign);
      },
      (reason) => {
        if (!stop.signal.aborted) setError(reason);
      },
    );
    return () => stop.abort();
  }, [slug, attempt]);

  if (campaign) return <Form campaign={campaign} key={campaign.id} />;
  const isMissing = error instanceof ApiError && error.code === 'not-found';
  return (
    <Layout title={isMissing ? t.campaign.notFound : t.campaign.give}>
      <div class="wrap narrow message-page" aria-busy={error === null}>
        {isMissing ? (
          <>
            <h1>{t.campaign.notFound}</h1>
            <p>{t.campaign.notFoundNext}</p>
            <a class="button" href="/">
              {t.campaign.other}
            </a>
          </>
        ) : error === null ? (
          <p class="quiet" role="status">
            {t.site.loading}
          </p>
        ) : (
          <Problem error={error} retry={() => setAttempt((n) => n + 1)} />
        )}
      </div>
    </Layout>
  );
}

function Form({ campaign }: { campaign: CampaignView }) {
  const t = useTexts();
  const { query, route } = useLocation();
  const asked = Number(query.amount);
  const [draft, setDraft] = useState<Draft>(() => ({
    amount: Number.isSafeInteger(asked) && asked >= GIFT_MIN && asked <= GIFT_MAX ? asked : null,
    tip: null,
    method: METHODS.find((one) => one === remembered.get(METHOD_KEY)) ?? null,
    isAnonymous: false,
    name: user.value?.name ?? '',
    email: '',
    wantsUpdates: false,
    message: '',
  }));
  const [errors, setErrors] = useState<Errors>({});
  const [problem, setProblem] = useState<unknown>(null);
  const [isSending, setIsSending] = useState(false);
  const form = useRef<HTMLFormElement>(null);
  const heading = useRef<HTMLHeadingElement>(null);
  const openedAt = useRef(Date.now());
  const trap = useRef<HTMLInputElement>(null);
  /** The last request as it was sent: repeated word for word with its key, so that it cannot give twice. */
  const sent = useRef<{ content: string; key: string; body: DonationRequest } | null>(null);
  const inFlight = useRef(false);

  // Step 2 is an address of its own, so that the phone's back button leads to step 1.
  // Once sent, the form stays as it is until the next page stands: a second tap of a double click falls on it.
  const isSent = useRef(false);
  const isSecond = isSent.current || (query.step === '2' && Object.keys(amountErrors()).length === 0);
  const isFirstRender = useRef(true);
  useEffect(() => {
    if (isFirstRender.current) isFirstRender.current = false;
    else {
      scrollTo(0, 0);
      heading.current?.focus();
    }
  }, [isSecond]);
  // Signing in may end after the page has begun.
  const ownName = user.value?.name ?? '';
  useEffect(
    () => setDraft((now) => (now.name === '' && ownName ? { ...now, name: ownName } : now)),
    [ownName],
  );

  const change = (part: Partial<Draft>) => {
    setDraft({ ...draft, ...part });
    const mended = Object.fromEntries(Object.entries(errors).filter(([field]) => !(field in part)));
    setErrors('isAnonymous' in part ? { ...mended, name: undefined } : mended);
  };

  function amountErrors(): Errors {
    const { amount, tip, method } = draft;
    return {
      ...(amount === null || amount < GIFT_MIN || amount > GIFT_MAX
        ? { amount: t.give.errors.amount(rupiah(GIFT_MIN), rupiah(GIFT_MAX)) }
        : {}),
      ...(tip !== null && tip > TIP_MAX ? { tip: t.give.errors.tip(rupiah(TIP_MAX)) } : {}),
      ...(method === null ? { method: t.give.errors.method } : {}),
    };
  }
  function personErrors(): Errors {
    const { isAnonymous, name, email, message } = draft;
    return {
      ...(!isAnonymous && name.trim() === '' ? { name: t.give.errors.name } : {}),
      ...(email.trim() !== '' && !EMAIL_SHAPE.test(email.trim()) ? { email: t.give.errors.email } : {}),
      ...(message.trim().length > MESSAGE_MAX ? { message: t.give.errors.message(MESSAGE_MAX) } : {}),
    };
  }
  const holdsErrors = (found: Errors): boolean => {
    setErrors(found);
    const isWrong = Object.values(found).some(Boolean);
    if (isWrong) focusFirstError(form.current);
    return isWrong;
  };

  const stepHref = (step: 1 | 2) => `/c/${campaign.slug}/give${step === 2 ? '?step=2' : ''}`;

  async function send() {
    const { amount, tip, method, isAnonymous, name, email, wantsUpdates, message } = draft;
    if (inFlight.current || amount === null || method === null) return;
    const wish: DonationRequest = {
      gift: { amount, currency: 'IDR' },
      ...(tip ? { tip: { amount: tip, currency: 'IDR' } } : {}),
      donor: {
        anonymous: isAnonymous,
        ...(isAnonymous ? {} : { name: name.trim() }),
        ...(email.trim() ? { email: email.trim(), ...(wantsUpdates ? { updates: true } : {}) } : {}),
      },
      ...(message.trim() ? { message: message.trim() } : {}),
      method,
    };
    const content = JSON.stringify(wish);
    if (sent.current?.content !== content) {
      sent.current = {
        content,
        key: newKey(),
        body: {
          ...wish,
          form: {
            elapsedMs: Math.min(86_400_000, Date.now() - openedAt.current),
            website: trap.current?.value ?? '',
          },
        },
      };
    }
    inFlight.current = true;
    setIsSending(true);
    setProblem(null);
    try {
      const { donation, claimToken } = await donate(campaign.id, sent.current.body, sent.current.key);
      keepClaim(donation.id, claimToken);
      remembered.set(METHOD_KEY, method);
      isSent.current = true;
      // In place of this step: going back must not lead into a form that has been sent.
      route(`/d/${donation.id}#${claimToken}`, true);
      scrollTo(0, 0);
    } catch (reason) {
      // Refused for what it says: a mended or repeated wish is a new one. Anything else may have been heard, and
      // only the same key makes sure that it is not heard twice.
      if (
        reason instanceof ApiError &&
        reason.status >= 400 &&
        reason.status < 500 &&
        !MAY_STAND.has(reason.code)
      ) {
        sent.current = null;
      }
      if (reason instanceof ApiError && reason.errors.length > 0) {
        const found = fromServer(reason.errors);
        setErrors(found);
        if (found.amount || found.tip || found.method) route(stepHref(1));
        focusFirstError(form.current);
      }
      setProblem(reason);
      setIsSending(false);
    } finally {
      inFlight.current = false;
    }
  }

  function fromServer(list: { path: string; message: string }[]): Errors {
    const fields: Record<string, keyof Errors> = {
      gift: 'amount',
      tip: 'tip',
      method: 'method',
      'donor.name': 'name',
      'donor.email': 'email',
      message: 'message',
    };
    const found: Errors = {};
    for (const { path } of list) {
      const field = Object.entries(fields).find(
        ([start]) => path === start || path.startsWith(`${start}.`),
      )?.[1];
      if (field) found[field] = t.give.errors.field;
    }
    return found;
  }

  const isOpen = campaign.status === 'live';
  const total = (draft.amount ?? 0) + (draft.tip ?? 0);
  const share = campaign.raised.amount / campaign.goal.amount;
  const withGift = (campaign.raised.amount + (draft.amount ?? 0)) / campaign.goal.amount;
  const left = MESSAGE_MAX - draft.message.length;

  return (
    <Layout title={t.give.title(campaign.title)} header="over">
      <section class="give-head">
        <Scene progress={withGift} variant="head" />
        <div class="wrap narrow give-head-in">
          <p>
            <a href={`/c/${campaign.slug}`} lang="id">
              {campaign.title}
            </a>
          </p>
          <p class="small figures">
            {draft.amount && percent(share) !== percent(withGift)
              ? t.give.preview(percent(share), percent(withGift))
              : t.campaign.progress(percent(share))}
          </p>
        </div>
      </section>

      <div class="wrap narrow give-body">
        {!isOpen ? (
          <div class="notice">
            <p>{t.give.closed}</p>
            <p>
              <a href={`/c/${campaign.slug}`}>{t.site.back}</a>
            </p>
          </div>
        ) : (
          <form
            class="give-form"
            noValidate
            ref={form}
            onSubmit={(event) => {
              event.preventDefault();
              if (isSent.current) return;
              if (isSecond) {
                if (!holdsErrors(personErrors())) void send();
              } else if (!holdsErrors(amountErrors())) route(stepHref(2));
            }}
          >
            <div>
              <p class="eyebrow quiet">{t.give.step(isSecond ? 2 : 1)}</p>
              <h1 ref={heading} tabIndex={-1}>
                {isSecond ? t.give.who : t.give.howMuch}
              </h1>
            </div>

            {isSecond ? (
              <>
                <div class="give-summary">
                  <p>
                    <strong class="figures">{rupiah(total)}</strong>
                    <span class="quiet small">
                      {t.give.via} {draft.method && t.method[draft.method]}
                      {draft.tip ? `, ${t.give.tipLine} ${rupiah(draft.tip)}` : ''}
                    </span>
                  </p>
                  <a class="button" href={stepHref(1)}>
                    {t.give.change}
                  </a>
                </div>
                <div class="stack">
                  <label class="check">
                    <input
                      type="checkbox"
                      checked={draft.isAnonymous}
                      onChange={(event) => change({ isAnonymous: event.currentTarget.checked })}
                    />
                    <span>
                      <strong>{t.give.anonymous}</strong>
                      <br />
                      <span class="hint">{t.give.anonymousHint}</span>
                    </span>
                  </label>
                  {!draft.isAnonymous && (
                    <Field id="name" label={t.give.name} hint={t.give.nameHint} error={errors.name}>
                      {(describe) => (
                        <input
                          {...describe}
                          class="input"
                          type="text"
                          autocomplete="name"
                          maxLength={NAME_MAX}
                          value={draft.name}
                          onInput={(event) => change({ name: event.currentTarget.value })}
                        />
                      )}
                    </Field>
                  )}
                </div>
                <Field
                  id="email"
                  label={
                    <>
                      {t.give.email} <span class="label-optional">{t.site.optional}</span>
                    </>
                  }
                  hint={t.give.emailHint}
                  error={errors.email}
                >
                  {(describe) => (
                    <input
                      {...describe}
                      class="input"
                      type="email"
                      inputMode="email"
                      autocomplete="email"
                      maxLength={EMAIL_MAX}
                      value={draft.email}
                      onInput={(event) => change({ email: event.currentTarget.value })}
                    />
                  )}
                </Field>
                {/* Its room is there before an address is: typing one moves nothing. */}
                <label class="check">
                  <input
                    type="checkbox"
                    checked={draft.wantsUpdates && draft.email.trim() !== ''}
                    disabled={draft.email.trim() === ''}
                    onChange={(event) => change({ wantsUpdates: event.currentTarget.checked })}
                  />
                  <span>
                    <strong>{t.give.updates}</strong>
                    <br />
                    <span class="hint">{t.give.updatesHint}</span>
                  </span>
                </label>
                <Field
                  id="message"
                  label={
                    <>
                      {t.give.message} <span class="label-optional">{t.site.optional}</span>
                    </>
                  }
                  hint={
                    <>
                      {t.give.messageHint}{' '}
                      <span class="figures nowrap">{left < 80 ? t.give.left(left) : ''}</span>
                    </>
                  }
                  error={errors.message}
                >
                  {(describe) => (
                    <textarea
                      {...describe}
                      class="input"
                      rows={3}
                      maxLength={MESSAGE_MAX}
                      value={draft.message}
                      onInput={(event) => change({ message: event.currentTarget.value })}
                    />
                  )}
                </Field>
                {/* People never see this field; what fills it in is a machine. */}
                <div class="unseen" aria-hidden="true">
                  <label>
                    Website
                    <input type="text" name="website" tabIndex={-1} autocomplete="off" ref={trap} />
                  </label>
                </div>
              </>
            ) : (
              <>
                <fieldset class="stack">
                  <legend class="unseen">{t.give.amounts}</legend>
                  <div class="amount-choices">
                    {USUAL_AMOUNTS.map((amount) => (
                      <label class="choice" key={amount}>
                        <input
                          type="radio"
                          name="amount"
                          checked={draft.amount === amount}
                          onChange={() => change({ amount })}
                        />
                        <span class="figures">{rupiah(amount)}</span>
                      </label>
                    ))}
                  </div>
                  <Field id="amount" label={t.give.free} error={errors.amount}>
                    {(describe) => (
                      <AmountField
                        describe={describe}
                        amount={draft.amount}
                        onAmount={(amount) => change({ amount })}
                        isLarge
                      />
                    )}
                  </Field>
                </fieldset>
                <MethodPicker
                  name="method"
                  legend={t.give.how}
                  method={draft.method}
                  onMethod={(method) => change({ method })}
                  error={errors.method}
                />
                <details class="give-tip fold" open={errors.tip ? true : undefined}>
                  <summary>{t.give.tip}</summary>
                  <Field id="tip" label={t.give.tipLabel} hint={t.give.tipHint} error={errors.tip}>
                    {(describe) => (
                      <AmountField
                        describe={describe}
                        amount={draft.tip}
                        onAmount={(tip) => change({ tip })}
                      />
                    )}
                  </Field>
                </details>
              </>
            )}

            <p class="hint give-next">{isSecond ? t.give.payHint : t.give.nextHint}</p>
            <div class="give-foot">
              {problem !== null && <Problem error={problem} />}
              {Object.values(errors).some(Boolean) && problem === null && (
                <FieldError id="form-error" error={t.give.errors.check} />
              )}
              <button
                type="submit"
                class="button button-call button-large button-wide figures"
                aria-disabled={isSending}
              >
                {isSending ? t.give.paying : isSecond ? t.give.pay(rupiah(total)) : t.give.next}
              </button>
            </div>
            {isSecond && (
              <a class="give-back" href={stepHref(1)}>
                <BackIcon />
                {t.site.back}
              </a>
            )}
          </form>
        )}
      </div>
    </Layout>
  );
}
