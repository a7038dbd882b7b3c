import { timingSafeEqual } from 'node:crypto';

/** Basic base64(key + ":"), compared without telling by its duration how much was right. */
export function isAuthorized(header: string | undefined, key: string): boolean {
  const [scheme, credentials = ''] = (header ?? '').split(' ');
  const given = Buffer.from(credentials, 'base64');
  const wanted = Buffer.from(`${key}:`);
  return (
    scheme?.toLowerCase() === 'basic' && given.length === wanted.length && timingSafeEqual(given, wanted)
  );
}
