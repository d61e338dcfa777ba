import type { EntryPage } from './entries.ts'
import type { Sight } from './sight.ts'

/** A page as a Relay connection, each entry as the caller may see it. */
export function connectionOf({ edges, hasNextPage, hasPreviousPage }: EntryPage, sight: Sight) {
  return {
    edges: edges.map(({ cursor, node }) => ({ cursor, node: sight.look(node) })),
    pageInfo: {
      hasNextPage,
      hasPreviousPage,
      startCursor: edges[0]?.cursor ?? null,
      endCursor: edges.at(-1)?.cursor ?? null,
    },
  }
}
