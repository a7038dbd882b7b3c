/** The pieces of an overlay; each can be a source of its own in OBS, with `?show=goal` in the link. */
export const PIECES = ['alert', 'goal', 'last', 'top'] as const;
export type Piece = (typeof PIECES)[number];

/** All of them, unless the address names some. */
export function piecesIn(search: string): ReadonlySet<Piece> {
  const asked = new URLSearchParams(search).get('show')?.split(',') ?? [];
  const shown = PIECES.filter((piece) => asked.includes(piece));
  return new Set(shown.length > 0 ? shown : PIECES);
}
