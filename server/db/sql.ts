import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import pgPromise from 'pg-promise';
import { root } from '../root.ts';

const { QueryFile, PreparedStatement } = pgPromise;

/** A query from `sql/`, with named parameters. A file that is missing or broken stops the process at start. */
export function sql(file: string): pgPromise.QueryFile {
  const query = new QueryFile(join(root, 'sql', file), { minify: true });
  if (query.error) throw query.error;
  return query;
}

/**
 * A query from `sql/` that the server parses and plans once per connection, with $1, $2, …: for the path that every
 * donation takes, where parsing again cost a third of a batch's time.
 */
export function prepared(file: string): (values: unknown[]) => pgPromise.PreparedStatement {
  const text = readFileSync(join(root, 'sql', file), 'utf8');
  return (values) => new PreparedStatement({ name: file, text, values });
}
