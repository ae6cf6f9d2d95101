import type { DatabaseSync } from 'node:sqlite';
import type { Mac } from '../../../report.ts';

/** The number that rows name an AP by; `undefined` when it never reported. */
export function findApId(database: DatabaseSync, mac: Mac): number | undefined {
  const row = database.prepare('SELECT ap_id FROM ap WHERE mac = ?').get(mac);
  return row && Number(row['ap_id']);
}
