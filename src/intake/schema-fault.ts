import type { ErrorObject } from 'ajv';
import type { SchemaFault } from '../problem.ts';

/** As many as somebody reads; more only repeat the first ones. */
const maxFaults = 20;

/** A longer pointer holds keys that the sender chose; an answer does not echo them. */
const maxPointerLength = 512;

/**
 * What ajv found, told to the sender: at most 20 faults, one for each place. Needs ajv's `verbose` errors.
 *
 * A member that is missing is named by the pointer it would have. Where alternatives (`anyOf`, `oneOf`) were all
 * refused, the fault names what was expected as a whole and not what each alternative found.
 */
export function schemaFaults(errors: readonly ErrorObject[]): SchemaFault[] {
  const faults = new Map<string, SchemaFault>();
  for (const error of errors) {
    const pointer = pointerOf(error);
    const isKnown = faults.has(pointer);
    if (!isKnown && faults.size === maxFaults) break;
    const sumsUp = error.keyword === 'anyOf' || error.keyword === 'oneOf';
    if (!isKnown || sumsUp) faults.set(pointer, { pointer, detail: detailOf(error) });
  }
  return [...faults.values()];
}

/** The pointer of what is at fault, or of its nearest ancestor when the pointer would be too long. */
function pointerOf(error: ErrorObject): string {
  const member = memberAtFault(error);
  const pointer =
    member === undefined
      ? error.instancePath
      : `${error.instancePath}/${member.replaceAll('~', '~0').replaceAll('/', '~1')}`;
  if (pointer.length <= maxPointerLength) return pointer;
  return pointer.slice(0, pointer.lastIndexOf('/', maxPointerLength));
}

/** The key that a fault is about when ajv places the fault at the object around it. */
function memberAtFault(error: ErrorObject): string | undefined {
  const params: Record<string, unknown> = error.params;
  const member = params.missingProperty ?? params.additionalProperty ?? params.unevaluatedProperty;
  return typeof member === 'string' ? member : undefined;
}

function detailOf(error: ErrorObject): string {
  switch (error.keyword) {
    case 'required':
    case 'dependentRequired':
      return 'is missing';
    case 'additionalProperties':
    case 'unevaluatedProperties':
      return 'is not expected here';
    case 'type':
      return `must be ${titleOf(error) ?? typesOf(error)}, not ${kindOf(error.data)}`;
    case 'pattern':
    case 'anyOf':
    case 'oneOf':
      return titleOf(error) === undefined ? messageOf(error) : `must be ${titleOf(error)}`;
    default:
      return messageOf(error);
  }
}

/** A title that begins with an article, as those of our schema do: it can follow "must be". */
function titleOf(error: ErrorObject): string | undefined {
  const title: unknown = error.parentSchema?.['title'];
  return typeof title === 'string' && /^an? /.test(title) ? title : undefined;
}

function typesOf(error: ErrorObject): string {
  return `of type ${String(error.params['type']).replaceAll(',', ' or ')}`;
}

function messageOf(error: ErrorObject): string {
  return error.message ?? `breaks the rule "${error.keyword}"`;
}

function kindOf(value: unknown): string {
  if (value === null) return 'null';
  if (Array.isArray(value)) return 'an array';
  if (typeof value === 'object') return 'an object';
  if (typeof value === 'number') return `the number ${value}`;
  return `a ${typeof value}`;
}
