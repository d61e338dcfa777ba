import { v7 as uuidv7 } from 'uuid'
import type { Transaction } from '../../../database/transact.ts'
import type { GrantedRight } from '../../../graphql/auth/rights.ts'

/** A role that every installation has from the start. Administrators may change its grants afterwards. */
export type BuiltInRole = { key: string; name: string; description: string; grants: readonly GrantedRight[] }

const reads = (right: string): GrantedRight => ({ right, read: true, write: false })
const readsAndWrites = (right: string): GrantedRight => ({ right, read: true, write: true })

/** The key of the role that may do everything. */
export const administrator = 'administrator'

/** The roles to begin with. */
export const builtInRoles: readonly BuiltInRole[] = [
  {
    key: administrator,
    name: 'Administrator',
    description: 'May do everything, and grants rights to others.',
    grants: [readsAndWrites('*')],
  },
  {
    key: 'data-protection-officer',
    name: 'Data-protection officer',
    description:
      'Sees everything, the whole audit log included, and changes no contact. Keeps the register of processing, and records ' +
      'legal grounds, withdrawals and objections, and decides over requests of persons.',
    grants: [
      reads('*'),
      readsAndWrites('lawfulness.*'),
      readsAndWrites('security.review'),
      readsAndWrites('requests.*'),
    ],
  },
  {
    key: 'editor',
    name: 'Editor',
    description:
      'Works with contacts: sees, changes, imports and merges them, sees their history, records on what legal ground, sends them ' +
      'links to their page, and decides over corrections that they propose.',
    grants: [
      readsAndWrites('contacts.*'),
      reads('audit.history'),
      reads('lawfulness.*'),
      reads('fields.definitions'),
      readsAndWrites('lawfulness.basis'),
      readsAndWrites('selfservice.links'),
      readsAndWrites('selfservice.corrections'),
    ],
  },
  {
    key: 'analyst',
    name: 'Analyst',
    description: 'Sees contacts, without dates of birth, and changes nothing.',
    grants: [
      'contacts.contact',
      'contacts.name',
      'contacts.organisation',
      'contacts.preferences',
      'contacts.tags',
      'contacts.source',
      'contacts.email',
      'contacts.phone',
      'contacts.address',
      'contacts.website',
      'contacts.messenger',
      'contacts.duplicates',
      'lawfulness.purposes',
      'lawfulness.basis',
    ].map(reads),
  },
]

/** Makes the built-in roles that are missing, and leaves the others as they are. */
export async function addMissingRoles(tx: Transaction): Promise<void> {
  const present = new Set((await tx.role.findMany({ select: { key: true } })).map((role) => role.key))
  for (const { grants, ...role } of builtInRoles) {
    if (present.has(role.key)) continue
    const id = uuidv7()
    await tx.role.create({ data: { id, ...role, builtIn: true } })
    await tx.grant.createMany({ data: grants.map((grant) => ({ roleId: id, ...grant })) })
  }
}
