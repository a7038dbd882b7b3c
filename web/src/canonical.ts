import { useEffect } from 'preact/hooks';
import { useLocation } from 'preact-iso/router';

/** Puts a campaign's present slug in the place of an earlier one, in the address alone; `rest` follows the slug. */
export function useCanonicalSlug(asked: string, found: string | undefined, rest = ''): void {
  const { route } = useLocation();
  useEffect(() => {
    if (found === undefined || found === asked) return;
    route(`/c/${found}${rest}${location.search}${location.hash}`, true);
  }, [asked, found, rest, route]);
}
