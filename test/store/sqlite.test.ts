import { runConformance } from './conformance.ts';
import { createSqlitePlace } from './sqlite/place.ts';

runConformance('SQLite', createSqlitePlace);
