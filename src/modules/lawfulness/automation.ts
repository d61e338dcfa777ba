import { LegalGround } from '#prisma/client.ts'
import type { Json, JsonObject } from '../../database/json.ts'
import type { Transaction } from '../../database/transact.ts'
import { type Fault, invalidInput } from '../../graphql/errors.ts'
import type {
  ActionDeclaration,
  EventDeclaration,
  FactDeclaration,
  FactWork,
  RaisedEntry,
} from '../automation/contract.ts'
import { readSeen } from '../contacts/update.ts'
import { basesOf, type HoldingBasis } from './basis/lawfulness.ts'
import { readEvents, readPurposes } from './basis/project.ts'
import { recordLawfulBasis, renewLawfulBasis, restrict } from './basis/record.ts'
import { isRestricted, readRestrictions } from './law/restriction.ts'
import { atWill, timelineOf } from './law/timeline.ts'

// What rules hear of legal grounds, may ask about them, and can do.

const happens = (description: string, ...kinds: string[]): EventDeclaration => ({
  description,
  right: 'lawfulness.basis',
  entries: [{ entity: 'LawfulBasisEvent', action: 'created' }],
  where: ({ changes }) => kinds.some((kind) => changes['kind']?.new === kind),
  data: {
    kind: 'string',
    purpose: 'string',
    ground: 'string',
    source: 'string',
    occurredAt: 'timestamp',
    validFrom: 'timestamp',
    validUntil: 'timestamp',
  },
})

/** A ground that a rule gave, or made shorter, not a day before: that it lapses is the rule's doing. */
async function rulesBehindLapses(tx: Transaction, entries: readonly RaisedEntry[]): Promise<Map<string, string>> {
  const lapsed = new Map(entries.map(({ id, changes }) => [id, textOf(changes['basis']?.new) ?? '']))
  const bases = [...new Set(lapsed.values())].filter((id) => id !== '')
  const made = await tx.lawfulBasisEvent.findMany({
    where: {
      contactId: { in: [...new Set(entries.map(({ contactId }) => contactId))] },
      actorKind: 'rule',
      recordedAt: { gte: new Date(Date.now() - day) },
      OR: [{ id: { in: bases } }, { kind: 'renewed', basisId: { in: bases } }],
    },
    select: { id: true, kind: true, basisId: true, actorId: true },
    orderBy: { recordedAt: 'asc' },
  })
  const rules = new Map(made.map(({ id, kind, basisId, actorId }) => [kind === 'renewed' ? basisId : id, actorId]))
  return new Map(
    [...lapsed].flatMap(([id, basis]) => {
      const rule = rules.get(basis)
      return rule ? [[id, rule] as const] : []
    }),
  )
}

const day = 24 * 3_600_000

export const basisEvents: Readonly<Record<string, EventDeclaration>> = {
  'lawfulness.granted': happens('A legal ground was given, or a consent confirmed.', 'given', 'confirmed'),
  'lawfulness.renewed': happens('A legal ground was made to hold for longer, or less long.', 'renewed'),
  'lawfulness.lapsed': { ...happens('A legal ground ended by itself.', 'lapsed'), rulesBehind: rulesBehindLapses },
  'lawfulness.refused': happens('The person refused consent.', 'refused'),
  'lawfulness.withdrawn': happens('The person withdrew consent.', 'withdrawn'),
  'lawfulness.objected': happens('The person objected to processing.', 'objected'),
}

export const basisFacts: Readonly<Record<string, FactDeclaration>> = {
  basis: {
    description:
      'The legal grounds that hold when the rule runs, and that no restriction (Art. 18 GDPR) stands against, by the key of their purpose: `basis.newsletter.ground`, `.validFrom`, ' +
      '`.validUntil` (absent: without end). Takes the right to read `lawfulness.basis`.',
    fields: 'dynamic',
    read: async (work) =>
      work.context.rights.canRead('lawfulness.basis')
        ? Object.fromEntries((await usable(work)).map((one) => [one.purpose, asFact(one)]))
        : {},
  },
}

const asFact = ({ ground, from, until }: HoldingBasis): JsonObject => ({
  ground,
  validFrom: from.toISOString(),
  ...(until && { validUntil: until.toISOString() }),
})

/** Of these, what no restriction stands against. */
async function usable(work: FactWork): Promise<HoldingBasis[]> {
  const restrictions = (await readRestrictions(work.tx, work.context, [work.contactId])).get(work.contactId) ?? []
  return (await holding(work)).filter((one) => !isRestricted(restrictions, one, one.at))
}

/** The grounds that hold now, as this unit of work sees them. */
async function holding({ tx, context, contactId }: FactWork): Promise<HoldingBasis[]> {
  const found = await readSeen(tx, context, contactId)
  if (!found) return []
  const purposes = await readPurposes(tx)
  const where = { contactId, kind: { not: 'used' as const } }
  const events = await tx.lawfulBasisEvent.findMany({ where, orderBy: { id: 'asc' } })
  return basesOf({ contact: found.contact, at: new Date(), asked: {}, purposes, events })
}

const purpose = { type: 'string', description: 'The key of the purpose.' } as const
const ground = { type: 'string', description: `One of ${Object.values(LegalGround).join(', ')}.` } as const
const source = { type: 'string', description: 'Where it comes from.', optional: true } as const
const writes = () => ['lawfulness.basis']

const check = ({ ground: given }: JsonObject): Fault[] =>
  given === undefined || groundOf(given) ? [] : [{ field: 'ground', message: ground.description }]

/** No rule consents in anybody's place: what proves that the person did has to be named (Art. 7(1) GDPR). */
const unproven: Fault = {
  field: 'evidence',
  message: 'Consent is the person’s: name what proves it, such as the form or the document (Art. 7(1) GDPR).',
}

/** Like an import, a rule only fills gaps: nobody but the person takes back what they withdrew or objected to. */
async function refuseAgainstWill({ tx, contactId }: FactWork, key: string, chosen: LegalGround): Promise<void> {
  if (!atWill.includes(chosen)) return
  const [purposes, events] = [await readPurposes(tx), await readEvents(tx, [contactId])]
  const { withdrawal, objection, refusal } = timelineOf(events.get(contactId) ?? [], purposes, key)
  if (!withdrawal && !objection && !(refusal && chosen === 'consent')) return
  const message =
    'The person has refused or withdrawn consent, or objected, and a rule only fills gaps: that stands until the person says otherwise.'
  throw invalidInput([
    { field: 'ground', message, rule: objection ? 'objected' : withdrawal ? 'withdrawn' : 'refused' },
  ])
}

const groundOf = (text: Json | undefined) => Object.values(LegalGround).find((one) => one === text)

const textOf = (value: Json | undefined) => (typeof value === 'string' ? value : undefined)

/** A moment in an argument; null: without end. */
function momentOf(value: Json | undefined, field: string): Date | null | undefined {
  if (value === undefined || value === null) return value
  const moment = new Date(String(value))
  if (Number.isNaN(moment.getTime())) throw invalidInput([{ field, message: 'This is no time.' }])
  return moment
}

export const basisActions: Readonly<Record<string, ActionDeclaration>> = {
  'lawfulness.recordBasis': {
    description:
      'Records a legal ground of the contact, as `recordLawfulBasis` does. Consent, legitimate interests and public tasks only where ' +
      'the person has neither refused or withdrawn consent nor objected: that is theirs to take back.',
    parameters: {
      purpose,
      ground,
      validFrom: { type: 'any', description: 'From when it holds: a timestamp. Without: from now.', optional: true },
      validUntil: {
        type: 'any',
        description: 'Until when: a timestamp; null for no end. Without: as long as the purpose says.',
        optional: true,
      },
      source,
      evidence: {
        type: 'string',
        description: 'What proves it: which document or event it is. Consent takes it.',
        optional: true,
      },
    },
    writes,
    check: (constants, given) => [
      ...check(constants),
      ...(constants['ground'] === 'consent' && !given.includes('evidence') ? [unproven] : []),
    ],
    async run(work, given) {
      const { context, contactId } = work
      const chosen = groundOf(given['ground'])
      if (!chosen) throw invalidInput([{ field: 'ground', message: ground.description }])
      const evidence = textOf(given['evidence'])
      if (chosen === 'consent' && !evidence?.trim()) throw invalidInput([unproven])
      await refuseAgainstWill(work, String(given['purpose']), chosen)
      await recordLawfulBasis(context, {
        contactId,
        purpose: String(given['purpose']),
        ground: chosen,
        validFrom: momentOf(given['validFrom'], 'validFrom'),
        validUntil: momentOf(given['validUntil'], 'validUntil'),
        source: textOf(given['source']),
        ...(evidence && { evidence: { kind: 'document', text: evidence } }),
      })
    },
  },
  'lawfulness.endBasis': {
    description:
      'Ends a legal ground of the contact, if it holds: a consent by its withdrawal, with all parts of the purpose; others within a ' +
      'second, by their time.',
    parameters: { purpose, ground, source },
    writes,
    check,
    async run(work, given) {
      const { context, contactId } = work
      const said = { contactId, source: textOf(given['source']) }
      const chosen = groundOf(given['ground'])
      if (!chosen) throw invalidInput([{ field: 'ground', message: ground.description }])
      const bases = (await holding(work)).filter((one) => one.purpose === given['purpose'] && one.ground === chosen)
      if (bases.length === 0) return
      if (chosen === 'consent') {
        await restrict(context, 'withdrawn', { ...said, purpose: String(given['purpose']) })
        return
      }
      for (const { event } of bases) {
        await renewLawfulBasis(context, { ...said, basisId: event.id, validUntil: new Date(Date.now() + 1000) })
      }
    },
  },
}
