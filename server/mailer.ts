import { createTransport } from 'nodemailer';
import type { Delivery, Mailer } from './domain/mail/send.ts';

const CONNECT_MS_MAX = 10_000;
const SILENCE_MS_MAX = 30_000;
const REASON_MAX = 200;
/** The server's word to go on with the text (RFC 5321): from here on a mail may have gone out. */
const GO_ON = /^354/;

/**
 * Sends over SMTP, a connection for each mail: what it heard tells how far it came. `from` is the sender as people see
 * it; `host` the right side of message ids.
 */
export function openMailer({ url, from, host }: { url: string; from: string; host: string }): Mailer {
  return {
    async send({ id, to, letter }) {
      let hasBegun = false;
      const silent = () => {};
      const transport = createTransport({
        url,
        connectionTimeout: CONNECT_MS_MAX,
        greetingTimeout: CONNECT_MS_MAX,
        socketTimeout: SILENCE_MS_MAX,
        // A mail is words of ours: nothing in it may name a file or an address to fetch.
        disableFileAccess: true,
        disableUrlAccess: true,
        transactionLog: true,
        logger: {
          level: silent,
          trace: silent,
          debug(entry: { tnx?: string }, said: unknown) {
            if (entry.tnx === 'server' && GO_ON.test(String(said))) hasBegun = true;
          },
          info: silent,
          warn: silent,
          error: silent,
          fatal: silent,
        },
      } as Parameters<typeof createTransport>[0]);
      try {
        await transport.sendMail({
          from,
          // An object is never read as a list of addresses.
          to: { name: '', address: to },
          subject: letter.subject,
          text: letter.text,
          html: letter.html,
          messageId: `<${id}@${host}>`,
          headers: {
            'Auto-Submitted': 'auto-generated',
            ...(letter.listUnsubscribe
              ? {
                  'List-Unsubscribe': `<${letter.listUnsubscribe}>`,
                  'List-Unsubscribe-Post': 'List-Unsubscribe=One-Click',
                }
              : {}),
          },
        });
        return { how: 'sent', reason: null };
      } catch (fault) {
        return deliveryOf(fault, hasBegun);
      } finally {
        transport.close();
      }
    },
  };
}

/** By RFC 5321 4xx says come again and 5xx never. Without an answer to the text nobody can tell whether it went out. */
function deliveryOf(fault: unknown, hasBegun: boolean): Delivery {
  const { responseCode, command, code } = (fault ?? {}) as {
    responseCode?: number;
    command?: string;
    code?: string;
  };
  const reason =
    [code, command, responseCode].filter(Boolean).join(' ').slice(0, REASON_MAX) || 'no connection';
  // A no to this mail is final; a no to our sign-in or greeting is about us, and every mail waits until it is mended.
  const isOfMail = /^(MAIL|RCPT|DATA)/.test(command ?? '') || hasBegun;
  if (responseCode !== undefined && responseCode >= 500)
    return { how: isOfMail ? 'failed' : 'again', reason };
  if (responseCode !== undefined && responseCode >= 400) return { how: 'again', reason };
  if (hasBegun) return { how: 'unknown', reason };
  return { how: command === 'API' ? 'failed' : 'again', reason };
}
