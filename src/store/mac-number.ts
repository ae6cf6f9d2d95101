import type { Mac } from '../report.ts';

/** `00:00:00:00:01:ff` → 511. Every MAC fits: 48 of the 53 bits that a number keeps exactly. */
export function macToNumber(mac: Mac): number {
  return Number.parseInt(mac.replaceAll(':', ''), 16);
}

/** 511 → `00:00:00:00:01:ff` */
export function numberToMac(number: number): Mac {
  const hex = number.toString(16).padStart(12, '0');
  return hex.replace(/..(?!$)/g, '$&:');
}
