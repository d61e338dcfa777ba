import { createHash } from 'node:crypto'
import { isUniqueViolationOf } from '../../database/sql-errors.ts'
import type { Transaction } from '../../database/transact.ts'
import { type Fault, invalidInput } from '../../graphql/errors.ts'
import type { Definition } from './definition.ts'
import { type FieldPlan, faultPath } from './plan.ts'
import type { StoredValue } from './values.ts'

/** That a contact has a value of a unique field, and nobody else. */
export type Claim = { field: string; value: string; contactId: string }

/** The claim to a value. E-mail addresses are the same in whatever case. */
export const claimTo = (
  { key, kind }: Pick<Definition, 'key' | 'kind'>,
  contactId: string,
  value: StoredValue,
): Claim => {
  const text = kind === 'email' ? String(value).toLowerCase() : String(value)
  return { field: key, value: createHash('sha256').update(text).digest('base64url'), contactId }
}

/** The claims that a plan comes to. */
export const claimsIn = (plan: FieldPlan, contactId: string): Claim[] =>
  [...plan.values()].flatMap(({ definition, value }) =>
    definition.unique && value !== null && typeof value !== 'object' ? [claimTo(definition, contactId, value)] : [],
  )

/** Lets go of a contact's claims to fields. */
export async function releaseClaims(tx: Transaction, contactId: string, fields: readonly string[]): Promise<void> {
  if (fields.length > 0) await tx.fieldClaim.deleteMany({ where: { contactId, field: { in: [...fields] } } })
}

/** The fields whose value another contact has, among these claims. */
export async function takenClaims(tx: Transaction, claims: readonly Claim[]): Promise<Claim[]> {
  if (claims.length === 0) return []
  const rows = await tx.fieldClaim.findMany({
    where: {
      OR: Object.entries(Object.groupBy(claims, ({ field }) => field)).map(([field, some = []]) => ({
        field,
        value: { in: some.map(({ value }) => value) },
      })),
    },
  })
  const owners = new Map(rows.map(({ field, value, contactId }) => [`${field} ${value}`, contactId]))
  return claims.filter(({ field, value, contactId }) => (owners.get(`${field} ${value}`) ?? contactId) !== contactId)
}

/** Claims values. Throws INVALID_INPUT, naming each field whose value another contact has; of writers at once, all but one. */
export async function takeClaims(tx: Transaction, claims: readonly Claim[]): Promise<void> {
  const taken = await takenClaims(tx, claims)
  if (taken.length > 0) throw invalidInput(taken.map(takenFault))
  for (const claim of claims) {
    try {
      await tx.fieldClaim.create({ data: claim })
    } catch (error) {
      if (isUniqueViolationOf(error, 'field_claim_pkey') || isClaimTaken(error)) throw invalidInput([takenFault(claim)])
      throw error
    }
  }
}

/** Claims those of many values of one field that nobody has; of equal ones the first. */
export async function claimFree(tx: Transaction, claims: readonly Claim[]): Promise<void> {
  const [fields, values, ids] = [
    claims.map(({ field }) => field),
    claims.map(({ value }) => value),
    claims.map(({ contactId }) => contactId),
  ]
  await tx.$executeRaw`INSERT INTO field_claim (field, value, contact_id)
    SELECT * FROM unnest(${fields}::text[], ${values}::text[], ${ids}::uuid[]) ON CONFLICT DO NOTHING`
}

/** Prisma tells of the columns where it knows the index. */
const isClaimTaken = (error: unknown) => error instanceof Error && 'code' in error && error.code === 'P2002'

export const takenFault = ({ field }: Claim): Fault => ({
  field: faultPath(field),
  message: 'Another contact has this value, and each can have it but once.',
})
