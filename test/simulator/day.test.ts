import assert from 'node:assert/strict';
import { test } from 'node:test';
import { assertFirstAndLastSeen, assertHistories, assertWhereabouts, live } from './day.ts';

test('after a simulated half hour, the store knows every sighting, when each device was seen, and where it is', async (t) => {
  const evening = await live(t, {
    aps: 8,
    devices: 100,
    intervalSeconds: 60,
    rendering: 'mixed',
    concurrency: 4,
    lastsSeconds: 1_800,
  });

  assert.ok(evening.truth.sightings > 1_000);
  assert.ok(evening.truth.departures > 0);
  assertHistories(evening);
  assertFirstAndLastSeen(evening);
  assertWhereabouts(evening, evening.truth.devices());
});
