import { runConformance } from './conformance.ts';
import { createPostgresPlace } from './postgres/place.ts';
import { requirePostgres, sharePostgres } from './postgres-server.ts';

const server = sharePostgres();

runConformance(
  'PostgreSQL',
  async (t) => (requirePostgres(t) ? createPostgresPlace(t, await server()) : undefined),
  // Reports go with the day that they came on.
  { ageUnitMs: 86_400_000, prunes: 'whole days' },
);
