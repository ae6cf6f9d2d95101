import assert from 'node:assert/strict';
import { test } from 'node:test';
import { unbroken } from '../faults/examine.ts';
import { openPostgres, requirePostgres } from '../store/postgres-server.ts';
import { breakRounds, type Breaking } from './postgres-rounds.ts';

const rounds: Record<Breaking, number> = { 'the receiver': 6, 'the server': 5, connections: 6 };

for (const breaking of ['the receiver', 'the server', 'connections'] satisfies Breaking[])
  test(`on PostgreSQL, where ${breaking} broke ${rounds[breaking]} times under sixteen senders, nothing is lost or stored twice`, async (t) => {
    if (!requirePostgres(t)) return;

    const { acknowledged, refused, ...broken } = await breakRounds(t, await openPostgres(t), {
      breaking,
      rounds: rounds[breaking],
    });

    assert.ok(acknowledged > 300, `only ${acknowledged} reports were acknowledged`);
    assert.ok(refused > 10, `only ${refused} bodies were refused`);
    assert.deepEqual(broken, unbroken);
  });
