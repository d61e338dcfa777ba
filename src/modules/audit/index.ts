import { defineModule } from '../module.ts'
import { addHistory } from './history.ts'
import { addAuditLog } from './log.ts'
import { auditData } from './personal-data.ts'
import { addAuditTypes } from './types.ts'

/** Who changed what, and when. Entries are written by the unit of work (transact); here they are read. */
export const audit = defineModule({
  name: 'audit',
  needs: ['identity', 'contacts'],
  rights: {
    'audit.history': 'The history of a contact that one sees, by whom included, in the fields that one may read.',
    'audit.log':
      'The whole audit log: that something happened, when, by whom; fields and values only where one may read them.',
  },
  personalData: auditData,
  schema(builder) {
    const types = addAuditTypes(builder)
    addHistory(builder, types)
    addAuditLog(builder, types)
  },
})
