import { defineModule } from '../module.ts'
import { addHistory } from './history.ts'
import { addAuditLog } from './log.ts'
import { auditData } from './personal-data.ts'
import { addProofQueries } from './proofs/queries.ts'
import { addReceipts } from './proofs/receipt.ts'
import { addProofTypes } from './proofs/types.ts'
import { addAuditTypes } from './types.ts'

/** Who changed what, and when. Entries are written by the unit of work (transact); here they are read. */
export const audit = defineModule({
  name: 'audit',
  needs: ['identity', 'contacts'],
  rights: {
    'audit.history': 'The history of a contact that one sees, by whom included, in the fields that one may read.',
    'audit.log':
      'The whole audit log: that something happened, when, by whom; fields and values only where one may read them.',
    'audit.checkpoints':
      'The signed checkpoints of the audit log, and the proofs that it only grew: for witnesses, whom they tell how many entries ' +
      'it has, and nothing of what is in them.',
  },
  personalData: auditData,
  schema(builder) {
    const proofs = addProofTypes(builder)
    const types = addAuditTypes(builder, proofs)
    addHistory(builder, types)
    addAuditLog(builder, types)
    addProofQueries(builder, proofs)
    addReceipts(builder, proofs)
  },
})
