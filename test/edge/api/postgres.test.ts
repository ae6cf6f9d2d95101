import { missingPostgres, sharePostgres } from '../../store/postgres-server.ts';
import { runApiConformance } from './conformance.ts';

const server = sharePostgres();

runApiConformance({
  kind: 'postgres',
  environment: async () => ({ NORTHBOUND_STORE: await (await server()).database() }),
  skip: missingPostgres(),
});
