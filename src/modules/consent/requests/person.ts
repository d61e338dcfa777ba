import { Prisma } from '#prisma/client.ts'
import { rowsByOnePlan } from '../../../database/rows-in.ts'
import type { Transaction } from '../../../database/transact.ts'
import type { WorkContext } from '../../../graphql/context.ts'
import { type Fault, invalidInput } from '../../../graphql/errors.ts'
import { checkPoint } from '../../contacts/check-points.ts'
import { createContact } from '../../contacts/create.ts'
import { isBound } from '../../contacts/sight.ts'
import { updateContact } from '../../contacts/update.ts'
import type { FieldDraft } from '../../fields/given.ts'
import { storedFields } from '../../fields/values.ts'

/**
 * The e-mail address by which a caller names a person, as it is stored. Throws INVALID_INPUT; also for callers who don't see all
 * contacts: what came of it would tell them who has the address.
 */
export function emailIn(context: WorkContext, address: string): string {
  const faults: Fault[] = []
  if (isBound(context)) {
    const message = 'Your roles are bound to purposes: name the contact by its id, as `person.contactId`.'
    throw invalidInput([{ field: 'input.person.email', message }])
  }
  const { point, faults: found } = checkPoint('email', { address }, 'input.person')
  if (point) return point.value
  throw invalidInput([...faults, ...found.map((fault) => ({ ...fault, field: 'input.person.email' }))])
}

/** The contacts with an e-mail address, whichever case it is written in, the one first that has been there for longest. */
export async function contactsWith(tx: Pick<Transaction, '$rows' | '$later'>, email: string): Promise<string[]> {
  const rows = await rowsByOnePlan<{ id: string }>(
    tx,
    Prisma.sql`
    SELECT DISTINCT c.contact_id AS id FROM contact_point p JOIN contact c ON c.contact_id = p.contact_id
    WHERE p.kind = 'email' AND lower(p.value) = lower(${email}) AND c.merged_into_id IS NULL
    ORDER BY c.contact_id`,
  )
  return rows.map(({ id }) => id)
}

/** The contact with an e-mail address; of several, the one that has been there for longest. */
export const contactWith = async (
  tx: Pick<Transaction, '$rows' | '$later'>,
  email: string,
): Promise<string | undefined> => (await contactsWith(tx, email))[0]

/** What a person said of themself besides. */
export type Particulars = {
  givenName?: string | undefined
  familyName?: string | undefined
  language?: string | undefined
  fields: readonly FieldDraft[]
}

/**
 * A new contact, with the key that their evidence is sealed under.
 *
 * @param options.incomplete Also without the custom fields that a new one has to have: that was checked before.
 * @param options.readmit They said it themself: then they may have been erased after an objection, too.
 */
export async function makeContact(
  tx: Transaction,
  work: WorkContext,
  email: string,
  { fields, ...names }: Particulars,
  source: string,
  options: { incomplete?: boolean; readmit?: boolean } = {},
): Promise<string> {
  const draft = { ...names, emails: [{ address: email, primary: true }], customFields: fields }
  const id = await createContact({ ...work, within: tx }, draft, { source, sourceAt: new Date() }, options)
  await work.keys.create([id])
  return id
}

/**
 * Adds to a contact what somebody said of themself. What stands there stays, unless it is to be replaced: anybody can type an
 * address, and whoever confirms a consent has not read the rest of the form. Returns the keys of the fields that were filled.
 */
export async function complete(
  tx: Transaction,
  work: WorkContext,
  contactId: string,
  { givenName, familyName, fields }: Particulars,
  { replace }: { replace: boolean },
): Promise<string[]> {
  const contact = await tx.contact.findUniqueOrThrow({ where: { id: contactId } })
  const stored = storedFields(contact.customFields)
  const customFields = replace ? fields : fields.filter(({ key, value }) => value !== null && stored[key] === undefined)
  const isNameless = !contact.givenName && !contact.familyName
  const columns = isNameless ? { ...(givenName && { givenName }), ...(familyName && { familyName }) } : {}
  if (customFields.length === 0 && Object.keys(columns).length === 0) return []
  const { version } = contact
  await updateContact({ ...work, within: tx }, { id: contactId, version, columns, customFields, points: [] })
  return customFields.map(({ key }) => key)
}
