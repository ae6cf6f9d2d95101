import type { Mac } from '../../../report.ts';
import { macToNumber, numberToMac } from '../../../rows/mac-number.ts';
import type { Position } from '../../page.ts';
import type { Row } from '../../rows.ts';

const macs = 2 ** 48;

/** A place in a list along MACs. */
export function positionOfMac(row: Row): Position {
  return [macToNumber(String(row['mac']))];
}

/** The MAC at a place; that of another list may be none, and stands for the first or the last one. */
export function macAt([number = 0]: Position): Mac {
  return numberToMac(Math.min(Math.max(0, number), macs - 1));
}
