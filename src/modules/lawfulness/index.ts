import { defineModule } from '../module.ts'
import { describeEvent, describeNotice, describePurpose, describeRetentionClass } from './audited.ts'
import { basisActions, basisEvents, basisFacts } from './automation.ts'
import { lawful } from './basis/condition.ts'
import { addContactFields } from './basis/contact-fields.ts'
import { basisImport } from './basis/import.ts'
import { basisMerging } from './basis/merging.ts'
import { addBasisMutations } from './basis/mutations.ts'
import { addBasisTypes } from './basis/types.ts'
import { lapses, startLapseWatch } from './lapses.ts'
import { groundOverview } from './overview.ts'
import { lawfulnessData } from './personal-data.ts'
import { addRegisterExport } from './register/export/query.ts'
import { addRegisterMutations } from './register/mutations.ts'
import { addRegisterQueries } from './register/queries.ts'
import { addMissingRetentionClasses } from './register/retention-defaults.ts'
import { addRegisterTypes } from './register/types.ts'
import { unknownPurposes } from './register/unknown-purposes.ts'
import { lawfulnessRights } from './rights.ts'
import { addTextTypes } from './texts.ts'

/** Why personal data is processed, and on what legal ground each contact's is (Art. 6, 7, 9, 21, 30 GDPR). */
export const lawfulness = defineModule({
  name: 'lawfulness',
  needs: ['contacts', 'audit', 'security'],
  rights: lawfulnessRights,
  personalData: lawfulnessData,
  overview: groundOverview,
  audited: {
    Purpose: describePurpose,
    RetentionClass: describeRetentionClass,
    Notice: describeNotice,
    LawfulBasisEvent: describeEvent,
  },
  begin: addMissingRetentionClasses,
  basis: lawful,
  unknownPurposes,
  merging: basisMerging,
  basisImport,
  queues: [lapses],
  events: basisEvents,
  facts: basisFacts,
  actions: basisActions,
  workers: [{ name: 'lapses', start: ({ work }) => startLapseWatch(work) }],
  schema(builder) {
    const texts = addTextTypes(builder)
    const register = addRegisterTypes(builder, texts)
    addRegisterQueries(builder, register)
    addRegisterMutations(builder, register, texts)
    addRegisterExport(builder, texts)
    const basis = addBasisTypes(builder, register)
    addContactFields(builder, basis, texts, register)
    addBasisMutations(builder, basis)
  },
})
