import { defineModule } from '../module.ts'
import { describeLine, describeOrder } from './audited.ts'
import { orderEvents } from './automation.ts'
import { addOrderImport } from './graphql/import.ts'
import { addOrderMutations } from './graphql/mutations.ts'
import { addOrderQueries } from './graphql/queries.ts'
import { addOrderTypes } from './graphql/types.ts'
import { orderOverview } from './overview.ts'
import { orderData } from './personal-data.ts'
import { orderRights } from './rights.ts'
import { orderTelling } from './told.ts'

/**
 * What contacts ordered. In parts:
 *
 * - `draft.ts`, `amounts.ts`: what an order may be, and what it comes to
 * - `create.ts`, `change.ts`: entering and changing one; `list.ts`: finding some
 * - `import/`: orders from other systems
 * - `retention.ts`: how long the law wants them kept
 */
export const orders = defineModule({
  name: 'orders',
  needs: ['contacts', 'audit', 'lawfulness', 'fields', 'documents'],
  rights: orderRights,
  personalData: orderData,
  overview: orderOverview,
  audited: { Order: describeOrder, OrderLine: describeLine },
  events: orderEvents,
  tellings: [orderTelling],
  schema(builder) {
    const types = addOrderTypes(builder)
    addOrderQueries(builder, types)
    addOrderMutations(builder, types)
    addOrderImport(builder)
  },
})
