/** What is known of a payment attempt before any gateway is called. */
export type Attempt = {
  /** The network as CIDR: an IPv4 address or an IPv6 /64. */
  network: string;
  emailNormalised: string | null;
  amountMinor: bigint;
  formElapsedMs: number | null;
  /** What stood in the field that people never see. */
  honeypot: string;
};
export type Judgement = { decision: 'allow' | 'challenge' | 'review' | 'block'; reasons: string[] };
export type Judge = (attempt: Attempt) => Promise<Judgement>;

/** Nobody reads a form, chooses an amount and types a name in less. */
const FORM_ELAPSED_MS_MIN = 1_500;

/**
 * Judges by a hidden field and the time the form took. `tooMany` answers whether this network or e-mail has made more
 * attempts lately than people do (OWASP card-testing advice; one campaign met 400 attempts in five minutes).
 */
export function judge({ tooMany }: { tooMany(attempt: Attempt): Promise<boolean> }): Judge {
  return async (attempt) => {
    const reasons = [
      ...(attempt.honeypot !== '' ? ['honeypot'] : []),
      ...(attempt.formElapsedMs !== null && attempt.formElapsedMs < FORM_ELAPSED_MS_MIN ? ['too-fast'] : []),
    ];
    if (await tooMany(attempt)) return { decision: 'block', reasons: [...reasons, 'too-many'] };
    if (reasons.includes('honeypot')) return { decision: 'block', reasons };
    return { decision: reasons.length > 0 ? 'review' : 'allow', reasons };
  };
}

/** For comparing, never for sending: lower case, without the tag after `+`, and without dots where they mean nothing. */
export function normaliseEmail(email: string): string {
  const at = email.lastIndexOf('@');
  const domain = email.slice(at + 1).toLowerCase();
  const local = email.slice(0, at).toLowerCase().split('+')[0] ?? '';
  const gmail = domain === 'gmail.com' || domain === 'googlemail.com';
  return `${gmail ? local.replaceAll('.', '') : local}@${gmail ? 'gmail.com' : domain}`;
}
