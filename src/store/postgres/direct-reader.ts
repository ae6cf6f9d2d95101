import type { DirectReader } from '../direct-reader.ts';
import { toDeviceItem } from '../rows.ts';
import { aps } from './pages/aps.ts';
import { devices } from './pages/devices.ts';
import { reports } from './pages/reports.ts';
import { sightings } from './pages/sightings.ts';
import { openReading } from './reading.ts';
import { selectDevice } from './selections.ts';
import { whereIs } from './where.ts';

/**
 * Keeps the promises of `DirectReader` with one connection.
 *
 * @throws {ConfigurationError | StoreError} as `openReading`.
 */
export async function openPostgresDirectReader(url: string): Promise<DirectReader> {
  const { read, close } = await openReading(url);
  return {
    aps: (filter) => aps(read, filter),
    devices: (filter) => devices(read, filter),
    sightings: (filter) => sightings(read, filter),
    reports: (filter) => reports(read, filter),
    whereIs: (mac, options) =>
      read(async (asking) => {
        const [row] = await asking.query(`${selectDevice} WHERE device.mac = $1`, [mac]);
        return row && { device: toDeviceItem(row), where: await whereIs(asking, mac, options) };
      }),
    close,
  };
}
