import DataLoader from 'dataloader'
import type { OrderLine } from '#prisma/client.ts'
import type { PageArguments } from '../../database/keyset.ts'
import type { Context } from '../../graphql/context.ts'
import { listOrdersOf } from './list.ts'

type OrderId = { contactId: string; id: string }
type OrderPage = Awaited<ReturnType<typeof listOrdersOf>>[number]

declare module '../../graphql/context.ts' {
  interface Loaders {
    orderLines?: DataLoader<OrderId, OrderLine[], string>
    ordersOf?: Map<string, DataLoader<string, OrderPage>>
  }
}

/** The lines of an order: of all that are asked for, one statement. */
export function linesOf({ loaders, database }: Context, order: OrderId): Promise<OrderLine[]> {
  loaders.orderLines ??= new DataLoader(
    async (some) => {
      const rows = await database.orderLine.findMany({
        where: {
          contactId: { in: [...new Set(some.map(({ contactId }) => contactId))] },
          orderId: { in: some.map(({ id }) => id) },
        },
        orderBy: { position: 'asc' },
      })
      const byOrder = Map.groupBy(rows, ({ orderId }) => orderId)
      return some.map(({ id }) => byOrder.get(id) ?? [])
    },
    { cacheKeyFn: ({ id }) => id },
  )
  return loaders.orderLines.load(order)
}

/** A page of a contact's orders: of all contacts that are asked about alike, together. */
export function ordersOf(context: Context, contactId: string, page: PageArguments): Promise<OrderPage> {
  const { first, after, last, before } = page
  const key = JSON.stringify([first, after, last, before])
  context.loaders.ordersOf ??= new Map()
  const known = context.loaders.ordersOf.get(key)
  const loader = known ?? new DataLoader<string, OrderPage>((ids) => listOrdersOf(context, ids, page))
  context.loaders.ordersOf.set(key, loader)
  return loader.load(contactId)
}
