import { v7 as uuidv7 } from 'uuid'
import type { LegalGround, Purpose } from '#prisma/client.ts'
import { type Transaction, transact } from '../../../database/transact.ts'
import type { WorkContext } from '../../../graphql/context.ts'
import { type Fault, invalidInput, notFound } from '../../../graphql/errors.ts'
import { checkText } from '../../check-text.ts'
import { unlessTaken } from '../../unless-taken.ts'
import { isDuration } from '../duration.ts'
import { checkKey } from '../keys.ts'
import { checkTexts } from '../texts.ts'
import { noteVersion } from './versions.ts'

type Texts = readonly { language: string; text: string }[]

/** What one may say about a purpose at any time. Absent: as it is. */
export type PurposeDraft = {
  names?: Texts | null | undefined
  descriptions?: Texts | null | undefined
  grounds?: readonly LegalGround[] | null | undefined
  specialCategories?: boolean | null | undefined
  defaultValidity?: string | null | undefined
  dataSubjects?: readonly string[] | null | undefined
  dataCategories?: readonly string[] | null | undefined
  recipients?: readonly string[] | null | undefined
  transfers?: readonly string[] | null | undefined
  retentionClass?: string | null | undefined
}

/** What is said once, when a purpose is made: another tree, or other persons who may object, make another purpose. */
export type NewPurpose = PurposeDraft & {
  key: string
  parent?: string | null | undefined
  directMarketing?: boolean | null | undefined
}

const lists = ['dataSubjects', 'dataCategories', 'recipients', 'transfers'] as const

const deepestTree = 10

/** Makes a purpose. Throws INVALID_INPUT with every fault. */
export async function createPurpose(
  context: WorkContext,
  { key, parent, directMarketing, ...draft }: NewPurpose,
): Promise<Purpose> {
  const faults: Fault[] = []
  checkKey(key, 'key', faults)
  const data = checked({ ...draft, names: draft.names ?? [], grounds: draft.grounds ?? [] }, faults)
  return unlessTaken({ field: 'key', message: 'Another purpose has this key already.' }, () =>
    transact(
      context,
      'createPurpose',
      async (tx) => {
        const places = [...(await parentFaults(tx, parent)), ...(await retentionFaults(tx, data.retentionKey))]
        if (faults.length + places.length > 0) throw invalidInput([...faults, ...places])
        const empty = {
          names: {},
          descriptions: {},
          grounds: [],
          dataSubjects: [],
          dataCategories: [],
          recipients: [],
          transfers: [],
        }
        const fixed = { key, id: uuidv7(), parentKey: parent ?? null, directMarketing: directMarketing ?? false }
        const purpose = await tx.purpose.create({ data: { ...empty, ...data, ...fixed, createdAt: new Date() } })
        await noteVersion(tx, purpose)
        return purpose
      },
      { integrated: true },
    ),
  )
}

/** Changes a purpose; from now on it decides as it is then, and over earlier moments as it was. Throws NOT_FOUND, or INVALID_INPUT with every fault. */
export async function updatePurpose(context: WorkContext, key: string, draft: PurposeDraft): Promise<Purpose> {
  const faults: Fault[] = []
  const data = checked(draft, faults)
  return transact(
    context,
    'updatePurpose',
    async (tx) => {
      const before = await requirePurpose(tx, key)
      const all = [...faults, ...(await retentionFaults(tx, data.retentionKey))]
      if (all.length > 0) throw invalidInput(all)
      const purpose = await tx.purpose.update({ where: { key }, data })
      const { grounds, specialCategories } = purpose
      const isOther = specialCategories !== before.specialCategories || `${grounds}` !== `${before.grounds}`
      if (isOther) await noteVersion(tx, purpose)
      return purpose
    },
    { integrated: true },
  )
}

/** Ends a purpose: nobody may be processed for it any more. What was recorded stays. Throws NOT_FOUND. */
export async function retirePurpose(context: WorkContext, key: string): Promise<Purpose> {
  return transact(
    context,
    'retirePurpose',
    async (tx) => {
      const purpose = await requirePurpose(tx, key)
      return purpose.retiredAt ? purpose : tx.purpose.update({ where: { key }, data: { retiredAt: new Date() } })
    },
    { integrated: true },
  )
}

/** The purpose with this key. Throws NOT_FOUND. */
export async function requirePurpose(tx: Transaction, key: string): Promise<Purpose> {
  const purpose = await tx.purpose.findUnique({ where: { key } })
  if (!purpose) throw notFound('Purpose')
  return purpose
}

async function parentFaults(tx: Transaction, parent: string | null | undefined): Promise<Fault[]> {
  const fault = (message: string) => [{ field: 'parent', message }]
  let key = parent
  for (let depth = 1; typeof key === 'string'; depth++) {
    if (depth > deepestTree) return fault(`Trees are at most ${deepestTree} deep.`)
    const found: Purpose | null = await tx.purpose.findUnique({ where: { key } })
    if (!found) return fault('There is no purpose with this key.')
    if (found.retiredAt) return fault('This purpose was retired.')
    key = found.parentKey
  }
  return []
}

async function retentionFaults(tx: Transaction, key: string | null | undefined): Promise<Fault[]> {
  if (!key) return []
  const found = await tx.retentionClass.findUnique({ where: { key } })
  if (found && !found.retiredAt) return []
  return [{ field: 'retentionClass', message: 'There is no retention class with this key that is in use.' }]
}

/** What is to be stored. Adds what is wrong to the faults. */
function checked(draft: PurposeDraft, faults: Fault[]) {
  const { names, descriptions, grounds, specialCategories, defaultValidity, retentionClass } = draft
  if (grounds && grounds.length === 0) {
    faults.push({ field: 'grounds', message: 'Name one ground of Art. 6(1) GDPR at least.' })
  }
  if (defaultValidity && !isDuration(defaultValidity)) {
    faults.push({ field: 'defaultValidity', message: 'Write it as an ISO 8601 duration: `P2Y`, `P18M`.' })
  }
  const data = {
    ...(names && { names: checkTexts(names, 'names', { max: 200, wanted: true }, faults) }),
    ...(descriptions && {
      descriptions: checkTexts(descriptions, 'descriptions', { max: 5000, multiline: true }, faults),
    }),
    ...(grounds && { grounds: [...new Set(grounds)] }),
    ...(typeof specialCategories === 'boolean' && { specialCategories }),
    ...(defaultValidity !== undefined && { defaultValidity: defaultValidity || null }),
    ...(retentionClass !== undefined && { retentionKey: retentionClass || null }),
    ...Object.fromEntries(lists.flatMap((name) => listIn(draft, name, faults))),
  }
  return data
}

function listIn(draft: PurposeDraft, name: (typeof lists)[number], faults: Fault[]): [string, string[]][] {
  const given = draft[name]
  if (given === undefined) return []
  const texts = (given ?? []).map((text, index) => checkText(text, `${name}.${index}`, { max: 500 }, faults))
  return [[name, [...new Set(texts.filter(Boolean))]]]
}
