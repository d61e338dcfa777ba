import type { AccessPackage, Contact, ContactPoint, CorrectionProposal, RetentionClass } from '#prisma/client.ts'
import type { ContactKey } from '../../../keys/keys.ts'
import { ownPackages } from '../../disclosure/delivery/link.ts'
import type { Definition } from '../../fields/definition.ts'
import { type Definitions, definitionsOf } from '../../fields/definitions.ts'
import { auditName, type FieldValue, isSealed, openValue, storedFields } from '../../fields/values.ts'
import { type OwnRequest, ownRequests } from '../../requests/own.ts'
import type { Visit } from '../access/sessions.ts'
import type { Change } from '../corrections/change.ts'
import { type Modes, readModes } from '../corrections/modes.ts'
import { changeIn, reasonIn } from '../corrections/propose.ts'
import { contactKey } from '../seal.ts'
import { type PurposeView, readPurposeViews } from './read-purposes.ts'

/** A custom field that its definition lets the contact see. */
export type CustomField = { definition: Definition; field: string; value: FieldValue | undefined }

/** A correction, as the contact proposed it. */
export type ProposalView = CorrectionProposal & { opened: Change; why: string | null }

/** The data that contacts can see of themselves, and correct. */
export type OwnData = {
  contact: Contact
  points: ContactPoint[]
  custom: CustomField[]
  definitions: Definitions
  modes: Modes
}

/** Everything that the page shows. */
export type Overview = OwnData & {
  imported: boolean
  purposes: PurposeView[]
  requests: OwnRequest[]
  packages: AccessPackage[]
  proposals: ProposalView[]
  /** The classes of the custom fields, by key. */
  retention: ReadonlyMap<string, RetentionClass>
}

const most = 50

/** Reads what contacts can see and correct. */
export async function readOwnData({ context, contact }: Visit): Promise<OwnData> {
  const { database, keys } = context
  const [definitions, points, key] = await Promise.all([
    definitionsOf(context),
    database.contactPoint.findMany({
      where: { contactId: contact.id },
      orderBy: [{ primary: 'desc' }, { id: 'asc' }],
    }),
    contactKey(keys, contact.id),
  ])
  const modes = await readModes(database, definitions)
  return { contact, points, definitions, modes, custom: customFields(contact, definitions, key) }
}

/** Reads it with all else that the page shows, in a fixed number of statements. */
export async function readOverview(visit: Visit): Promise<Overview> {
  const { context, contact } = visit
  const { database, keys: contactKeys } = context
  const where = { contactId: contact.id }
  const [own, requests, packages, proposals, key] = await Promise.all([
    readOwnData(visit),
    ownRequests(context, contact.id),
    ownPackages(visit),
    database.correctionProposal.findMany({ where, orderBy: { id: 'desc' }, take: most }),
    contactKey(contactKeys, contact.id),
  ])
  const held = own.custom.filter(({ value }) => value !== undefined).map(({ definition }) => definition)
  const keys = held.map(({ retentionClass }) => retentionClass)
  const classes = await database.retentionClass.findMany({ where: { key: { in: keys } } })
  return {
    ...own,
    imported: contact.importId !== null,
    requests,
    packages,
    purposes: await readPurposeViews(
      visit,
      held.map(({ purpose }) => purpose),
    ),
    retention: new Map(classes.map((one) => [one.key, one])),
    proposals: proposals.map((one) => ({ ...one, opened: changeIn(key, one), why: reasonIn(key, one) })),
  }
}

/** Those that definitions let contacts see, with what the contact has; those that can be filled also without. */
function customFields({ id, customFields }: Contact, definitions: Definitions, key: ContactKey): CustomField[] {
  const stored = storedFields(customFields)
  return definitions.all.flatMap((definition) => {
    const { key: name, contact: openness, retiredAt } = definition
    if (openness === 'none') return []
    const kept = stored[name]
    if (kept === undefined && (openness !== 'fill' || retiredAt)) return []
    const value = isSealed(kept) ? openValue(key, id, name, kept) : kept
    return [{ definition, field: auditName(name), value }]
  })
}

/** The sensitive ones among what is shown: that they are read is logged. */
export const sensitiveShown = ({ custom }: OwnData): string[] =>
  custom.flatMap(({ definition, field, value }) => (definition.sensitive && value !== undefined ? [field] : []))
