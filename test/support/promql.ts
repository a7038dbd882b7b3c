const WORDS = new Set([
  'by',
  'without',
  'on',
  'ignoring',
  'group_left',
  'group_right',
  'and',
  'or',
  'unless',
  'offset',
  'bool',
]);
const GROUPING = /\b(by|on)\s*\(([^)]*)\)/g;

const withoutStrings = (expr: string): string => expr.replace(/"[^"]*"/g, '""');
const listed = (names: string): string[] => names.split(',').flatMap((name) => name.trim() || []);

/** The figures that an expression asks for, each with the labels that it is asked for by. */
export function figuresIn(expr: string): { name: string; labels: string[] }[] {
  const plain = withoutStrings(expr).replace(GROUPING, '');
  const found = plain.matchAll(/(?<![\w.:])([a-zA-Z_:][\w:]*)\s*(\(|\{([^}]*)\})?/g);
  return [...found].flatMap(([, name = '', next, matchers = '']) =>
    next === '(' || WORDS.has(name)
      ? []
      : { name, labels: [...matchers.matchAll(/(\w+)\s*(?:=~|!~|!=|=)/g)].map(([, label]) => label ?? '') },
  );
}

/** The labels that its results are gathered by. */
export const groupsIn = (expr: string): string[] =>
  [...withoutStrings(expr).matchAll(GROUPING)].flatMap(([, , names = '']) => listed(names));
