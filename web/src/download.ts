import { ApiError } from './http.ts';
import { accessToken, dropAccessToken } from './session.ts';

/** A link cannot carry who asks, so the file is fetched and handed over. Throws ApiError. */
export async function download(path: string, name: string): Promise<void> {
  const ask = async (): Promise<Response> => {
    const token = await accessToken();
    return fetch(`/api/v1${path}`, { headers: token ? { authorization: `Bearer ${token}` } : {} });
  };
  const response = await again(ask).catch(() => null);
  if (!response) throw new ApiError({ code: 'offline' });
  if (!response.ok)
    throw new ApiError({ code: CODES[response.status] ?? 'internal', status: response.status });
  const blob = await response.blob().catch(() => null);
  if (!blob) throw new ApiError({ code: 'offline' });
  const url = URL.createObjectURL(blob);
  const link = document.createElement('a');
  link.href = url;
  link.download = name;
  link.click();
  // Browsers read the address after the click has ended.
  setTimeout(() => URL.revokeObjectURL(url), 60_000);
}

/** A token that has just ended is renewed once. */
async function again(ask: () => Promise<Response>): Promise<Response> {
  const response = await ask();
  if (response.status !== 401) return response;
  dropAccessToken();
  return ask();
}

const CODES: Record<number, ApiError['code']> = {
  401: 'unauthenticated',
  403: 'forbidden',
  404: 'not-found',
  429: 'too-many-requests',
  503: 'unavailable',
};
