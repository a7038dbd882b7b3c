/** How a donor may pay. A gateway's own names for these stay inside its adapter. */
export const METHODS = [
  'qris',
  'gopay',
  'ovo',
  'dana',
  'linkaja',
  'shopeepay',
  'va_bca',
  'va_bni',
  'va_bri',
  'va_mandiri',
  'va_permata',
  'card',
  'alfamart',
  'indomaret',
] as const;
export type Method = (typeof METHODS)[number];
