import { defineModule } from '../module.ts'
import { keepStatistics } from './keep.ts'
import { releaseStatistics } from './release.ts'
import { statisticsRights } from './rights.ts'
import { addStatistics } from './schema.ts'

/**
 * Numbers, never persons, for roles without access to any. In the order of their making:
 *
 * - cells: what is counted, and by what it is told apart
 * - count: the true counts of a month, by one statement
 * - noise: what hides every single person; why that holds for all that can be asked
 * - release: once for each month that is over
 * - keep: what is erased before that counts all the same
 * - suppress: which sums of these are too small, and which ones would give those away; deduction: what follows from what
 * - judge: that, once for each month as well
 * - read: what is shown, and sums of it, and nothing else
 */
export const statistics = defineModule({
  name: 'statistics',
  needs: ['contacts', 'lawfulness', 'requests', 'erasure'],
  rights: statisticsRights,
  personalData: 'none',
  beforeErasure: keepStatistics,
  housekeeping: (context) => releaseStatistics(context),
  schema: addStatistics,
})
