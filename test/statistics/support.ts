import { ownerOf, withClient } from '../support/database.ts'

/** Runs a statement as the owner of the tables, whom no privileges hold. */
export const asOwner = (
  { config }: { config: { databaseUrl: string | undefined } },
  statement: string,
): Promise<unknown> => withClient(ownerOf(config.databaseUrl ?? ''), (client) => client.query(statement))
