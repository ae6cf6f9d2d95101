/** PromQL, as far as a test has to understand it: promtool knows whether it is right, this knows what it speaks of. */

export interface Selector {
  readonly metric: string;
  /** The labels that it matches by. */
  readonly labels: readonly string[];
}

export interface Expression {
  readonly selectors: readonly Selector[];
  /** The labels by which it groups and joins. */
  readonly grouping: readonly string[];
}

const clause = /\b(?:by|without|on|ignoring|group_left|group_right) *\(([^)]*)\)/g;
const operators = new Set(['and', 'or', 'unless', 'bool', 'offset']);

/** What an expression speaks of: every metric that it selects, and every label that it names. */
export function readExpression(text: string): Expression {
  const bare = text.replaceAll(/"[^"]*"/g, '""').replaceAll(/\[[^\]]*\]/g, '');
  const grouping = Array.from(bare.matchAll(clause), ([, labels = '']) => words(labels)).flat();
  // A name that is followed by a parenthesis is a function's.
  const names = bare
    .replaceAll(clause, '')
    .matchAll(/(?<![\w:.])([a-zA-Z_:][\w:]*)(?:\{([^}]*)\})?(?![\w:]| *\()/g);
  const selectors = Array.from(names, ([, metric = '', matchers = '']) => ({
    metric,
    labels: Array.from(matchers.matchAll(/(\w+) *[=!]/g), ([, label = '']) => label),
  }));
  return { selectors: selectors.filter(({ metric }) => !operators.has(metric)), grouping };
}

function words(list: string): string[] {
  return list.split(',').flatMap((word) => word.trim() || []);
}
