/** A simulated fleet is what shows an operator the limits: by the clocks of both, it reports as often as a real one. */
import assert from 'node:assert/strict';
import { test, type TestContext } from 'node:test';
import { postAll } from '../../src/commands/simulate-post.ts';
import { createSender } from '../../src/sender/sender.ts';
import { createFleet, type FleetOptions } from '../../src/simulator/fleet.ts';
import { openTarget } from '../receiver.ts';
import { startMs } from './reading.ts';

/** The limits that a receiver warns of when such a fleet has reported for some time. Its monotonic clock is the simulation's. */
async function warnedOf(
  t: TestContext,
  wishes: Partial<FleetOptions>,
  lastsSeconds: number,
): Promise<string[]> {
  const clock = t.mock.method(performance, 'now', () => 1_000);
  const target = await openTarget(t, { NORTHBOUND_LOG_LEVEL: 'warn' });
  const { ca, token } = target;
  const concurrency = 1;
  const sender = createSender({ url: new URL('/telemetry', target.url), ca, token, concurrency });
  t.after(() => sender.close());
  await postAll({
    fleet: createFleet({ ...wishes, startMs, devices: 5, restartsPerDay: 0 }),
    due: async (atMs) => {
      clock.mock.mockImplementation(() => 1_000 + atMs - startMs);
    },
    endMs: startMs + lastsSeconds * 1000,
    sender,
    concurrency,
    signal: t.signal,
    answered: (_report, { status, detail }) => assert.equal(status, 'stored', detail),
  });
  const messages = target.logged.map(({ msg }) => String(msg)).filter((msg) => msg.startsWith('limit '));
  return messages.map((msg) => msg.slice(0, msg.indexOf(':')));
}

test('20 APs with an interval of 60 s make a receiver warn of both limits: of the APs in the first interval', async (t) => {
  assert.deepEqual(await warnedOf(t, { aps: 20, intervalSeconds: 60 }, 60), ['limit active_aps']);
});

test('and of the interval once an AP has reported four times', async (t) => {
  const warnings = await warnedOf(t, { aps: 20, intervalSeconds: 60 }, 240);
  assert.ok(warnings.includes('limit report_interval'), warnings.join(', '));
});

test('19 APs with an interval of 61 s do not', async (t) => {
  assert.deepEqual(await warnedOf(t, { aps: 19, intervalSeconds: 61 }, 300), []);
});
