import type { WorkContext } from '../../../graphql/context.ts'
import { orderRow, readRow } from '../../orders/import/row.ts'
import { importOrders } from '../../orders/import/run.ts'
import type { PackageData } from './open.ts'
import { type Came, faultsOf } from './report.ts'

const longestSource = 100

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
    const shop = typeof record['source'] === 'string' ? record['source'] : ''
    const named = [...(shop ? `${shop} (${source})` : source)].slice(0, longestSource).join('')
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
