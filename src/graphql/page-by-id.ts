import { type ResolveCursorConnectionArgs, resolveCursorConnection } from '@pothos/plugin-relay'
import { validate as isUuid } from 'uuid'
import type { PageArguments } from '../database/keyset.ts'
import { pageSize } from './builder.ts'
import { badCursor } from './errors.ts'

/** Which rows a page has, for `findMany`. */
export type IdPage = { where: { id: { gt?: string; lt?: string } }; orderBy: { id: 'asc' | 'desc' }; take: number }

/** A page of rows, the oldest first: their ids are UUIDv7, and stand as cursors. Throws BAD_CURSOR. */
export const pageById = <Row extends { id: string }>(args: PageArguments, find: (page: IdPage) => PromiseLike<Row[]>) =>
  resolveCursorConnection(
    { args, toCursor: ({ id }: Row) => id, defaultSize: pageSize.default, maxSize: pageSize.maximum },
    async ({ before, after, limit, inverted }: ResolveCursorConnectionArgs) => {
      for (const cursor of [before, after]) if (cursor !== undefined && !isUuid(cursor)) throw badCursor()
      return find({
        where: { id: { ...(after && { gt: after }), ...(before && { lt: before }) } },
        orderBy: { id: inverted ? 'desc' : 'asc' },
        take: limit,
      })
    },
  )
