import type { Context } from '../../graphql/context.ts'
import type { EntryPage } from './entries.ts'
import { keyOf } from './opening.ts'
import type { Sight } from './sight.ts'

/** A page as a Relay connection, each entry as the caller may see it. The keys of all are asked for together. */
export async function connectionOf(context: Context, { edges, hasNextPage, hasPreviousPage }: EntryPage, sight: Sight) {
  return {
    edges: await Promise.all(
      edges.map(async ({ cursor, node }) => ({ cursor, node: sight.look(node, await keyOf(context, node)) })),
    ),
    pageInfo: {
      hasNextPage,
      hasPreviousPage,
      startCursor: edges[0]?.cursor ?? null,
      endCursor: edges.at(-1)?.cursor ?? null,
    },
  }
}
