import { runConformance } from './conformance.ts';
import { createSqlitePlace } from './sqlite/place.ts';

runConformance('SQLite', createSqlitePlace, {
  ageUnitMs: 1,
  prunes: 'few rows',
  isAlone: 'one process holds the file',
});
