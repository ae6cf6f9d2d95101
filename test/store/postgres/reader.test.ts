import { missingPostgres, sharePostgres } from '../postgres-server.ts';
import { runReaderConformance } from '../reader-conformance.ts';
import { runWhereConformance } from '../where-conformance.ts';
import { createPostgresReadPlace } from './read-place.ts';

const server = sharePostgres();
const skip = missingPostgres();

runReaderConformance('PostgreSQL', async (t) => createPostgresReadPlace(t, await server()), skip);

runWhereConformance(
  'PostgreSQL',
  async (t, reports) => {
    const place = await createPostgresReadPlace(t, await server());
    const store = await place.open();
    for (const report of reports) await store.append(report);
    return place.openDirectReader();
  },
  skip,
);
