import { Refusal } from '../../server/domain/refusal.ts';

/** The code of the refusal with which a deed ends, and its sentence; any other end fails the test. */
export async function refusalOf(deed: Promise<unknown>): Promise<{ code: string; message: string }> {
  try {
    await deed;
  } catch (error) {
    if (error instanceof Refusal) return { code: error.code, message: error.message };
    throw error;
  }
  throw new Error('nothing was refused');
}

/** The constraint by which the database refused a statement, whatever the code above would have done. */
export async function brokenBy(statement: Promise<unknown>): Promise<string | undefined> {
  return statement.then(
    () => undefined,
    (error: { constraint?: string; code?: string }) => error.constraint ?? error.code,
  );
}
