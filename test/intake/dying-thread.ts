/** The script of a reading thread that ends when it meets a certain body, as a bug of the engine would make it. */
import { serveReading } from '../../src/intake/reading-thread.ts';
import { createTelemetryHttpsDialect } from '../../src/sources/telemetry-https/dialect.ts';

const dialect = createTelemetryHttpsDialect();
serveReading({
  ...dialect,
  parse(body) {
    const text = Buffer.from(body).toString();
    if (text.startsWith('"end')) process.exit(1);
    if (text.startsWith('"bug')) throw new RangeError('a bug of ours');
    return dialect.parse(body);
  },
});
