import { createHash } from 'node:crypto';

const MODULES = 25;
const FINDER = 7;

/** Where a real QR code has one of its three eyes: the eye, with a free line around it. */
function finderAt(x: number, y: number): boolean | undefined {
  for (const [left, top] of [
    [0, 0],
    [MODULES - FINDER, 0],
    [0, MODULES - FINDER],
  ] as const) {
    const dx = x - left;
    const dy = y - top;
    if (dx < -1 || dy < -1 || dx > FINDER || dy > FINDER) continue;
    if (dx === -1 || dy === -1 || dx === FINDER || dy === FINDER) return false;
    const ring = Math.min(dx, dy, FINDER - 1 - dx, FINDER - 1 - dy);
    return ring !== 1;
  }
  return undefined;
}

/**
 * A picture that looks like a QR code and is none: the same seed draws the same picture, and no wallet
 * can read it, so that nobody pays a simulator with real money.
 */
export function qrPicture(seed: string): string {
  const bits = createHash('shake256', { outputLength: Math.ceil((MODULES * MODULES) / 8) })
    .update(seed)
    .digest();
  let path = '';
  for (let y = 0; y < MODULES; y++) {
    for (let x = 0; x < MODULES; x++) {
      const index = y * MODULES + x;
      const bit = ((bits[index >> 3] ?? 0) >> (index & 7)) & 1;
      if (finderAt(x, y) ?? bit === 1) path += `M${x} ${y}h1v1h-1z`;
    }
  }
  const size = MODULES + 4;
  const middle = MODULES / 2;
  return (
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="-2 -2 ${size} ${size}" role="img" aria-label="Gambar QR simulasi">` +
    `<rect x="-2" y="-2" width="${size}" height="${size}" fill="#fff"/><path d="${path}" fill="#14213D"/>` +
    `<rect x="${middle - 6}" y="${middle - 2}" width="12" height="4" rx="1" fill="#fff"/>` +
    `<text x="${middle}" y="${middle + 0.9}" font-size="2.6" font-weight="700" font-family="sans-serif" ` +
    `text-anchor="middle" fill="#B83B12">simulasi</text></svg>`
  );
}
