import type { Mac } from '../report.ts';

/** `00:00:00:00:01:ff` → 511. Every MAC fits: 48 of the 53 bits that a number keeps exactly. */
export function macToNumber(mac: Mac): number {
  return (
    byteAt(mac, 0) * 0x100_0000_0000 +
    byteAt(mac, 3) * 0x1_0000_0000 +
    (byteAt(mac, 6) * 0x100_0000 + (byteAt(mac, 9) << 16) + (byteAt(mac, 12) << 8) + byteAt(mac, 15))
  );
}

/** 511 → `00:00:00:00:01:ff` */
export function numberToMac(number: number): Mac {
  const hex = number.toString(16).padStart(12, '0');
  return hex.replace(/..(?!$)/g, '$&:');
}

function byteAt(mac: Mac, at: number): number {
  return (digitOf(mac.charCodeAt(at)) << 4) | digitOf(mac.charCodeAt(at + 1));
}

/** Of a hex digit's character code: letters lie 0x27 above what follows 9. */
function digitOf(code: number): number {
  const digit = code - 0x30;
  return digit > 9 ? (code | 0x20) - 0x57 : digit;
}
