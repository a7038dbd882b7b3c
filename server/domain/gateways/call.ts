import { GatewayFault } from './gateway.ts';

/** Longest answer read; a gateway's largest documented one is a few kilobytes. */
const ANSWER_BYTES_MAX = 256 * 1024;

export type Answer = { status: number; body: unknown };

/**
 * One JSON call to a gateway with a deadline. Throws GatewayFault on a lost connection, a time-out, or an answer
 * that is not JSON. Nothing of the request is ever put into an error: it carries keys and people's names.
 */
export async function call(
  url: string,
  {
    method,
    headers,
    body,
    timeoutMs,
  }: { method: 'GET' | 'POST'; headers: Record<string, string>; body?: unknown; timeoutMs: number },
): Promise<Answer> {
  let response: Response;
  let text: string;
  try {
    response = await fetch(url, {
      method,
      headers: {
        accept: 'application/json',
        ...(body === undefined ? {} : { 'content-type': 'application/json' }),
        ...headers,
      },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      redirect: 'error',
      signal: AbortSignal.timeout(timeoutMs),
    });
    text = await readBounded(response);
  } catch (cause) {
    const reason = cause instanceof Error ? cause.name : 'unknown';
    throw new GatewayFault(`no answer from ${new URL(url).host} (${reason})`, { maybeDone: true });
  }
  try {
    return { status: response.status, body: text === '' ? null : JSON.parse(text) };
  } catch {
    throw new GatewayFault(
      `${new URL(url).host} answered ${response.status} with something that is not JSON`,
      {
        maybeDone: response.ok || response.status >= 500,
        status: response.status,
      },
    );
  }
}

async function readBounded(response: Response): Promise<string> {
  if (!response.body) return '';
  const chunks: Uint8Array[] = [];
  let length = 0;
  for await (const chunk of response.body) {
    length += chunk.length;
    if (length > ANSWER_BYTES_MAX) throw new Error('answer too large');
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString('utf8');
}
