import { Ajv, type ErrorObject, type Options, type ValidateFunction } from 'ajv';
import { Ajv2020 } from 'ajv/dist/2020.js';
import { Problem } from '../problem.ts';
import { schemaFaults } from './schema-fault.ts';

/**
 * How many values a body may hold for every fault in it to be looked for; beyond, the first fault stands for all.
 * A full table of 512 devices holds some 20,000. A body of millions of wrong values would otherwise make millions of
 * errors.
 */
const maxValuesForAllFaults = 50_000;

const options: Options = {
  // A schema file put in place of ours may hold keywords that ajv does not know.
  strict: false,
  // Otherwise `strict: false` would let 1e400 pass as a number.
  strictNumbers: true,
  // Formats are annotations unless a schema asks otherwise [JSON Schema Validation 2020-12 §7.2.1].
  validateFormats: false,
  logger: false,
  verbose: true,
};

/**
 * A check of parsed bodies against `schema`: draft-07 or older when its `$schema` says so, otherwise 2020-12.
 *
 * The check alters nothing, returns when the value is true to the schema, and throws the `Problem` `schema_mismatch`
 * with 1 to 20 faults when it is not. Throws an ordinary `Error` that names the fault when the schema is none.
 */
export function createValidator(schema: object): (value: unknown) => void {
  const firstFault = compile(schema, options);
  // Compiled by the first report that is none: to compile takes as long as a start should.
  let allFaults: ValidateFunction | undefined;
  return (value) => {
    if (firstFault(value)) return;
    allFaults ??= compile(schema, { ...options, allErrors: true });
    const named = holdsMoreThan(maxValuesForAllFaults, value) ? firstFault : allFaults;
    named(value);
    throw mismatch(named.errors ?? []);
  };
}

function compile(schema: object, ajvOptions: Options): ValidateFunction {
  // Without `$schema` each class checks the schema against its own draft, whatever the spelling of the address.
  const { $schema, ...keywords }: { $schema?: unknown } = schema;
  const isOldDraft = typeof $schema === 'string' && $schema.includes('/draft-0');
  try {
    if (Array.isArray(schema)) throw new Error('it is an array');
    return isOldDraft ? new Ajv(ajvOptions).compile(keywords) : new Ajv2020(ajvOptions).compile(keywords);
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new Error(`The JSON schema does not compile: ${reason}`, { cause });
  }
}

function mismatch(errors: readonly ErrorObject[]): Problem {
  const faults = schemaFaults(errors);
  const [first] = faults;
  const place = first === undefined || first.pointer === '' ? 'the body' : first.pointer;
  const others = faults.length > 1 ? ' The other faults are listed too.' : '';
  return new Problem('schema_mismatch', `${place} ${first?.detail ?? 'differs from the schema'}.${others}`, {
    faults,
  });
}

/** Whether `value` and everything in it are more than `limit` values. Stops counting there. */
function holdsMoreThan(limit: number, value: unknown): boolean {
  return countDown(limit, value) < 0;
}

function countDown(budget: number, value: unknown): number {
  let left = budget - 1;
  if (typeof value !== 'object' || value === null) return left;
  const members: unknown[] = Array.isArray(value) ? value : Object.values(value);
  for (const member of members) {
    if (left < 0) break;
    left = countDown(left, member);
  }
  return left;
}
