import { defineModule } from '../module.ts'
import { describeNotice, describePurpose, describeRetentionClass } from './audited.ts'
import { addRegisterMutations } from './register/mutations.ts'
import { addRegisterQueries } from './register/queries.ts'
import { addRegisterTypes } from './register/types.ts'
import { lawfulnessRights } from './rights.ts'
import { addTextTypes } from './texts.ts'

/** Why personal data is processed, and on what legal ground each contact's is (Art. 6, 7, 9, 21, 30 GDPR). */
export const lawfulness = defineModule({
  name: 'lawfulness',
  needs: ['contacts'],
  rights: lawfulnessRights,
  personalData: 'none',
  audited: { Purpose: describePurpose, RetentionClass: describeRetentionClass, Notice: describeNotice },
  schema(builder) {
    const texts = addTextTypes(builder)
    const register = addRegisterTypes(builder, texts)
    addRegisterQueries(builder, register)
    addRegisterMutations(builder, register, texts)
  },
})
