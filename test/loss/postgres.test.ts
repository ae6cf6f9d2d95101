import assert from 'node:assert/strict';
import { test } from 'node:test';
import { unbroken } from '../faults/examine.ts';
import { requirePostgres, sharePostgres } from '../store/postgres-server.ts';
import { breakRounds, type Breaking } from './postgres-rounds.ts';

const server = sharePostgres();

for (const breaking of ['the receiver'] satisfies Breaking[])
  test(`on PostgreSQL, where ${breaking} broke under sixteen senders, nothing is lost or stored twice`, async (t) => {
    if (!requirePostgres(t)) return;

    const { acknowledged, refused, ...broken } = await breakRounds(t, await server(), {
      breaking,
      rounds: 1,
    });

    assert.ok(acknowledged > 50, `only ${acknowledged} reports were acknowledged`);
    assert.ok(refused > 0);
    assert.deepEqual(broken, unbroken);
  });
