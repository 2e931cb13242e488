/**
 * A number as people type it from a bill: 1,234.5 or 1.234,5 or 1234,5; the last mark with one to three digits behind it that
 * is not a group of three is the decimal one. Null for anything else.
 */
export function readNumber(text: string): number | null {
  const plain = text.replace(/[\s\u00a0'’]/g, '').replace('−', '-');
  if (!/^[+-]?[\d.,]*\d[\d.,]*$/.test(plain)) return null;
  const last = Math.max(plain.lastIndexOf('.'), plain.lastIndexOf(','));
  if (last < 0) return Number(plain);
  const mark = plain[last];
  const behind = plain.length - last - 1;
  const isAlone = plain.indexOf(mark ?? '') === last;
  const other = mark === '.' ? ',' : '.';
  // "1,234" is a group, "0,234" and "1.234,5" are not.
  const isDecimal = isAlone && (behind !== 3 || plain.includes(other) || /^[+-]?0?[.,]/.test(plain) || mark === '.');
  const whole = plain.slice(0, last).replace(/[.,]/g, '');
  const digits = plain.slice(last + 1);
  const value = Number(isDecimal ? `${whole}.${digits}` : plain.replace(/[.,]/g, ''));
  return Number.isFinite(value) ? value : null;
}
