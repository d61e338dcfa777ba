import { z } from 'zod'
import type { JsonObject } from '../../../database/json.ts'
import type { WorkContext } from '../../../graphql/context.ts'
import type { Fault } from '../../../graphql/errors.ts'
import { orderRow, readRow } from '../../orders/import/row.ts'
import { importOrders } from '../../orders/import/run.ts'
import { attachInvoice } from '../../orders/invoice.ts'
import type { PackageData } from './open.ts'
import { type Came, faultsOf } from './report.ts'

const longestSource = 100

/** From where an order is, here: the shop, and where the package came from. */
function sourceHere(record: JsonObject, source: string): string {
  const shop = typeof record['source'] === 'string' ? record['source'] : ''
  return [...(shop ? `${shop} (${source})` : source)].slice(0, longestSource).join('')
}

const invoiced = z.object({ number: z.string(), invoices: z.array(z.string()).min(1), invoicedAt: z.coerce.date() })

/**
 * Attaches the invoices that came along to the orders that did, so that these are kept as the law wants it, and are changed no more.
 * `documents`: their ids here, by those in the package.
 */
export async function linkInvoices(
  context: WorkContext,
  { data }: PackageData,
  { contactId, source, documents }: { contactId: string; source: string; documents: ReadonlyMap<string, string> },
): Promise<Fault[]> {
  const faults: Fault[] = []
  for (const [index, { record }] of (data['order'] ?? []).entries()) {
    const { data: read } = invoiced.safeParse(record)
    const came = read?.invoices.flatMap((id) => documents.get(id) ?? []) ?? []
    if (!read || came.length === 0) continue
    const named = { contactId, source: sourceHere(record, source), number: read.number }
    const order = await context.database.order.findFirst({ where: named })
    const missing = came.filter((id) => !order?.invoiceIds.includes(id))
    let version = order?.version ?? 0
    for (const documentId of order ? missing : []) {
      try {
        const which = { contactId, id: order?.id ?? '', version }
        version = (await attachInvoice(context, which, { documentId, invoicedAt: read.invoicedAt, wasCancelled: true }))
          .version
      } catch (error) {
        faults.push(...faultsOf(`order ${index + 1}`, error))
      }
    }
  }
  return faults
}

/**
 * Takes in what the person gave of their orders. They are told from those of the shops here: their source is named after where the
 * package came from.
 */
export async function takeOrders(
  context: WorkContext,
  { data }: PackageData,
  { contactId, source }: { contactId: string; source: string },
): Promise<Came> {
  const came: Came = { created: 0, known: 0, faults: [] }
  const orders = (data['order'] ?? []).map(({ record, provided }, index) => {
    const given = Object.entries(record).filter(
      ([name]) => Object.hasOwn(orderRow.shape, name) && (provided === true || provided.includes(name)),
    )
    const named = sourceHere(record, source)
    return { place: `order ${index + 1}`, named, value: { ...Object.fromEntries(given), contact: { id: contactId } } }
  })
  for (const [named, some] of Map.groupBy(orders, (order) => order.named)) {
    try {
      const rows = some.map(({ place, value }) => readRow(place, [JSON.stringify(value)], value))
      const counts = await importOrders(context, rows, { source: named, contactSource: '', dryRun: false })
      came.created += counts.created
      came.known += counts.unchanged
      for (const { row, faults } of counts.rejected)
        came.faults.push(...faults.map((fault) => ({ ...fault, field: `${row.place}: ${fault.field}` })))
    } catch (error) {
      came.faults.push(...faultsOf('orders', error))
    }
  }
  return came
}
