import type { Database } from '../../src/database/client.ts'
import type { Act } from './seed.ts'

/** A purpose with everything that one can have: what it is part of, parts, a retention class, a notice. Its key. */
export const purposeKey = 'matrix.middle'

const named = (text: string) => [{ language: 'en', text }]

/** Puts purposes there, before anything is recorded for them. Returns the id of the notice. */
export async function seedRegister(database: Database, act: Act): Promise<string> {
  const retention = `mutation ($names: [LocalizedTextInput!]!) { createRetentionClass(input: {
    key: "matrix", names: $names, period: "P7Y", start: LAST_USE, citation: "Zqstatute", action: ERASE }) { key } }`
  await act(retention, { names: named('Zqretained') })
  const create = 'mutation ($input: CreatePurposeInput!) { createPurpose(input: $input) { key } }'
  const above = { key: 'matrix.above', names: named('Zqregistered above'), grounds: ['CONSENT'] }
  await act(create, { input: above })
  await act(create, {
    input: {
      ...{ key: purposeKey, parent: above.key, names: named('Zqregistered'), descriptions: named('Zqregistered') },
      ...{ grounds: ['CONSENT', 'CONTRACT'], defaultValidity: 'P9Y', dataSubjects: ['zqsubjects'] },
      ...{
        dataCategories: ['zqcategories'],
        recipients: ['zqrecipient'],
        transfers: ['zqtransfer'],
        retentionClass: 'matrix',
      },
    },
  })
  await act(create, { input: { ...above, key: 'matrix.below', parent: purposeKey } })
  await act('mutation { retirePurpose(key: "matrix.below") { key } }')
  await act('mutation { retireRetentionClass(key: "matrix") { key } }')
  const publish = 'mutation ($t: [LocalizedTextInput!]!) { publishNotice(purpose: "matrix.middle", texts: $t) { id } }'
  await act(publish, { t: named('Zqnotice') })
  const { id } = await database.notice.findFirstOrThrow()
  return id
}

/** Records everything that can be recorded about a contact. */
export async function seedBases(act: Act, contactId: string, noticeId: string): Promise<void> {
  const evidence = { kind: 'DOCUMENT', text: 'Zqevidence' }
  const common = { contactId, source: 'Zqbasis', evidence }
  const record = 'mutation ($input: RecordLawfulBasisInput!) { recordLawfulBasis(input: $input) { id } }'
  const basis = { ...common, purpose: purposeKey, ground: 'CONSENT', noticeId, byGuardian: true }
  await act(record, { input: { ...basis, specialGround: 'EXPLICIT_CONSENT', despiteObjection: true } })
  await act(record, { input: { ...common, purpose: purposeKey, ground: 'CONSENT', pending: true } })
  const use = 'mutation ($input: RecordUseInput!) { recordUse(input: $input) }'
  await act(use, { input: { contactIds: [contactId], purpose: purposeKey } })
}
