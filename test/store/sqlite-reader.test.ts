import { runReaderConformance } from './reader-conformance.ts';
import { createSqlitePlace } from './sqlite/place.ts';

runReaderConformance('SQLite', createSqlitePlace);
