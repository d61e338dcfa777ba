import { Prisma } from '#prisma/client.ts'
import type { SortKey } from '../../database/keyset.ts'
import type { Context } from '../../graphql/context.ts'
import { isBound, seenContacts } from '../contacts/sight.ts'

/** Of contacts that the caller sees, for rows `r` about contacts. */
export const seenOnly = (context: Context): Prisma.Sql[] =>
  isBound(context)
    ? [Prisma.sql`EXISTS (SELECT FROM ${seenContacts(context)} c WHERE c.contact_id = r.contact_id)`]
    : []

/** By a column, and then by id. */
export const sortedBy = (column: 'due_at' | 'until'): SortKey[] => [
  { name: column, expression: Prisma.raw(`r.${column}`), type: 'timestamptz', descending: false },
  { name: 'id', expression: Prisma.sql`r.id`, type: 'uuid', descending: false },
]
