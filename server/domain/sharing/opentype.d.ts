/** The part of opentype.js 2 that is used here; the package brings no types of its own. */
declare module 'opentype.js' {
  type Point<N extends string> = Record<`x${N}` | `y${N}`, number>;
  export type Command =
    | ({ type: 'M' | 'L' } & Point<''>)
    | ({ type: 'Q' } & Point<'' | '1'>)
    | ({ type: 'C' } & Point<'' | '1' | '2'>)
    | { type: 'Z' };
  export type Path = { commands: Command[] };
  export type Glyph = {
    index: number;
    advanceWidth?: number;
    getPath(x: number, y: number, size: number): Path;
  };
  export type Font = {
    unitsPerEm: number;
    charToGlyph(character: string): Glyph;
    getKerningValue(left: Glyph, right: Glyph): number;
  };
  const opentype: { parse(bytes: ArrayBuffer): Font };
  export default opentype;
}
