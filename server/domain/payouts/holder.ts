/**
 * Whether a bank's spelling of a holder and what a team typed name the same one. Banks write in capitals, leave out or
 * keep dots and commas, and put titles before or behind the name (PT AIR BERSIH, AIR BERSIH PT). So case, accents and
 * punctuation count for nothing and the order of words neither, but every word has to be there, as often as it is
 * there: also titles and forms of a firm (PT, YAYASAN, BPK, IBU, H), because YAYASAN BUDI is somebody else than BUDI.
 * Whoever is refused writes the name as the passbook has it.
 */
export const holderMatches = (typed: string, bank: string): boolean => {
  const words = wordsOf(typed);
  return words.length > 0 && words.join(' ') === wordsOf(bank).join(' ');
};

const wordsOf = (name: string): string[] =>
  name
    .normalize('NFKD')
    .replace(/\p{M}/gu, '')
    .toUpperCase()
    // S.PD. is SPD, and SITI-AMINAH two words.
    .replace(/[.'’`]/g, '')
    .split(/[^\p{L}\p{N}]+/u)
    .filter((word) => word !== '')
    .sort();
