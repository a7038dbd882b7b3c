import type Joi from 'joi';

/** JSON Schema 2020-12, as OpenAPI 3.1 takes it. */
export type JsonSchema = { [key: string]: unknown };

/** A schema of this meta stands once in the document, under this name, and is referred to. */
export const NAMED = 'schemaName';

type Field = { name: string; description?: string; required: boolean; schema: JsonSchema };
type Rule = { name: string; args?: Record<string, unknown> };
type Described = {
  type?: string;
  flags?: Record<string, unknown>;
  rules?: Rule[];
  allow?: unknown[];
  metas?: Record<string, unknown>[];
  keys?: Record<string, Described>;
  items?: Described[];
  matches?: { schema?: Described }[];
  dependencies?: { rel: string; peers: string[] }[];
};

/** Parts of joi's description that change what arrives, or say what the types say already. */
const SILENT = new Set(['trim', 'case']);
const KNOWN = new Set([
  'type',
  'flags',
  'rules',
  'allow',
  'metas',
  'keys',
  'items',
  'matches',
  'dependencies',
  'preferences',
]);

/**
 * Writes joi schemas as JSON Schema. Named ones are gathered in `schemas`. Throws where joi says something that has no
 * words here: a document that leaves a rule out would be believed.
 */
export function jsonSchemas(): {
  schemas: Record<string, JsonSchema>;
  of(schema: Joi.Schema): JsonSchema;
  /** The keys of an object's schema one by one, as parameters of a path or a query are written. */
  fieldsOf(schema: Joi.Schema): Field[];
} {
  const schemas: Record<string, JsonSchema> = {};

  function written(given: Described): JsonSchema {
    const name = given.metas?.find((meta) => NAMED in meta)?.[NAMED];
    if (typeof name !== 'string') return plain(given);
    // What a place adds to a named schema (may be null, has a default) stays in that place.
    const { allow, flags, ...rest } = given;
    const { presence: _presence, default: fallback, ...kept } = flags ?? {};
    const isEnum = kept.only === true;
    const self = plain({ ...rest, flags: kept, ...(isEnum && allow ? { allow: allow.filter(isSaid) } : {}) });
    if (schemas[name] && JSON.stringify(schemas[name]) !== JSON.stringify(self))
      throw new Error(`Two different schemas are called ${name}.`);
    schemas[name] = self;
    const ref: JsonSchema = { $ref: `#/components/schemas/${name}` };
    const said = allow?.includes(null) ? { anyOf: [ref, { type: 'null' }] } : ref;
    return fallback === undefined ? said : { ...said, default: fallback };
  }

  function plain(given: Described): JsonSchema {
    const stranger = Object.keys(given).find((key) => !KNOWN.has(key));
    if (stranger) throw new Error(`JSON Schema has no words here for joi's "${stranger}".`);
    const { flags = {}, allow = [] } = given;
    const common: JsonSchema = {
      ...(flags.description === undefined ? {} : { description: flags.description }),
      ...(flags.default === undefined ? {} : { default: flags.default }),
    };
    const isNullable = allow.includes(null);
    if (flags.only) {
      const type = given.type === 'any' ? {} : { type: isNullable ? [given.type, 'null'] : given.type };
      return { ...type, enum: allow, ...common };
    }
    const bare = byType(given);
    const type = isNullable && bare.type ? { type: [bare.type, 'null'] } : {};
    const nullable = isNullable && !bare.type ? { anyOf: [bare, { type: 'null' }] } : { ...bare, ...type };
    const others = allow.filter(isSaid);
    const bound = ['minLength', 'pattern', 'format', 'allOf', 'not'].some((key) => key in nullable);
    return others.length > 0 && bound
      ? { anyOf: [nullable, { enum: others }], ...common }
      : { ...nullable, ...common };
  }

  function byType(given: Described): JsonSchema {
    switch (given.type) {
      case 'string':
        return string(given);
      case 'number':
        return number(given);
      case 'boolean':
        return { type: 'boolean' };
      case 'array':
        return {
          type: 'array',
          ...bounds(given, { min: 'minItems', max: 'maxItems', unique: 'uniqueItems' }),
          items: given.items?.length === 1 && given.items[0] ? written(given.items[0]) : {},
        };
      case 'object':
        return object(given);
      case 'alternatives':
        return { anyOf: (given.matches ?? []).map(({ schema }) => written(schema ?? {})) };
      case 'any':
        return {};
      default:
        throw new Error(`JSON Schema has no words here for joi's type "${given.type}".`);
    }
  }

  function object({ keys, flags = {}, ...given }: Described): JsonSchema {
    const entries = Object.entries(keys ?? {});
    const required = entries.filter(([, key]) => key.flags?.presence === 'required').map(([name]) => name);
    return {
      type: 'object',
      ...bounds(given, { min: 'minProperties', max: 'maxProperties' }),
      ...(required.length > 0 ? { required } : {}),
      properties: Object.fromEntries(entries.map(([name, key]) => [name, written(key)])),
      additionalProperties: flags.unknown === true || keys === undefined,
      ...apart(given.dependencies ?? []),
    };
  }

  /** Of two keys at most one. */
  function apart(dependencies: NonNullable<Described['dependencies']>): JsonSchema {
    const [first, ...more] = dependencies;
    if (!first) return {};
    if (more.length > 0 || first.rel !== 'oxor' || first.peers.length !== 2) {
      throw new Error(`JSON Schema has no words here for joi's dependencies "${first.rel}".`);
    }
    const properties = Object.fromEntries(first.peers.map((key) => [key, {}]));
    return { not: { required: first.peers, properties } };
  }

  const describe = (schema: Joi.Schema): Described => schema.describe() as Described;
  return {
    schemas,
    of: (schema) => written(describe(schema)),
    fieldsOf: (schema) =>
      Object.entries(describe(schema).keys ?? {}).map(([name, key]) => ({
        name,
        ...(key.flags?.description ? { description: String(key.flags.description) } : {}),
        required: key.flags?.presence === 'required',
        schema: written(key),
      })),
  };
}

const isSaid = (value: unknown): boolean => value !== null;

function bounds({ rules = [] }: Described, words: Record<string, string>): JsonSchema {
  return Object.fromEntries(
    rules.map(({ name, args }) => {
      const word = words[name];
      if (!word) throw new Error(`JSON Schema has no words here for joi's rule "${name}".`);
      return [word, word === 'uniqueItems' ? true : args?.limit];
    }),
  );
}

function number({ rules = [] }: Described): JsonSchema {
  const isInteger = rules.some(({ name }) => name === 'integer');
  const rest = rules.filter(({ name }) => name !== 'integer');
  return {
    type: isInteger ? 'integer' : 'number',
    ...bounds({ rules: rest }, { min: 'minimum', max: 'maximum' }),
  };
}

function string({ rules = [], allow = [] }: Described): JsonSchema {
  const said: JsonSchema = { type: 'string' };
  const also: JsonSchema[] = [];
  for (const { name, args = {} } of rules) {
    switch (name) {
      case 'min':
      case 'length':
        said.minLength = args.limit;
        if (name === 'length') said.maxLength = args.limit;
        break;
      case 'max':
        // Characters are never more than bytes.
        said.maxLength = args.limit;
        break;
      case 'pattern': {
        const pattern = { pattern: sourceOf(String(args.regex)) };
        const isInverted = (args.options as { invert?: boolean } | undefined)?.invert;
        // Without its type, a pattern holds for null too, and its opposite for nothing.
        also.push(isInverted ? { not: { type: 'string', ...pattern } } : pattern);
        break;
      }
      case 'email':
        said.format = 'email';
        break;
      case 'guid':
        said.format = 'uuid';
        break;
      case 'isoDate':
        said.format = 'date-time';
        break;
      case 'base64':
        also.push({ pattern: '^[A-Za-z0-9_-]*={0,2}$' });
        break;
      case 'alphanum':
        also.push({ pattern: '^[A-Za-z0-9]*$' });
        break;
      default:
        if (!SILENT.has(name)) throw new Error(`JSON Schema has no words here for joi's rule "${name}".`);
    }
  }
  // Joi refuses the empty string unless it is told otherwise.
  if (!allow.includes('') && said.format === undefined) said.minLength ??= 1;
  const [first] = also;
  return also.length === 1 && first
    ? { ...said, ...first }
    : { ...said, ...(also.length > 0 ? { allOf: also } : {}) };
}

/** Joi writes a regular expression with its slashes and flags; JSON Schema has neither. */
function sourceOf(regex: string): string {
  const [, source, flags] = /^\/(.*)\/(\w*)$/s.exec(regex) ?? [];
  if (source === undefined || flags) throw new Error(`JSON Schema takes no flags: ${regex}`);
  return source;
}
