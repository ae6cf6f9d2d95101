import assert from 'node:assert/strict';
import { test } from 'node:test';
import { assertFirstAndLastSeen, assertHistories, assertWhereabouts, live } from './day.ts';

/** A part of the day can be had for a look: `SIMULATED_HOURS=1`. */
const hours = Number(process.env['SIMULATED_HOURS'] ?? 24);
const asked = 100;

test('after a simulated day of 50 APs and 2,000 devices, the store knows every sighting and where 100 devices are', async (t) => {
  const evening = await live(t, {
    aps: 50,
    devices: 2_000,
    intervalSeconds: 60,
    rendering: 'mixed',
    concurrency: 16,
    lastsSeconds: hours * 3_600,
  });

  const { truth } = evening;
  const devices = truth.devices();
  t.diagnostic(
    `${truth.sightings} sightings of ${devices.length} addresses, ${truth.departures} departures, ${truth.staleRows} stale rows`,
  );
  assert.ok(truth.sightings > 100_000 * hours);
  assertHistories(evening);
  assertFirstAndLastSeen(evening);
  // Addresses that were used last, and others that have long been gone.
  assertWhereabouts(evening, devices.slice(0, asked / 2));
  assertWhereabouts(evening, devices.slice(-asked / 2));
});
