import { v7 as uuidv7 } from 'uuid'
import type { Transaction } from '../../../database/transact.ts'
import type { GrantedRight } from '../../../graphql/auth/rights.ts'

/** A role that every installation has. Administrators may change its grants; what a release adds here it is given once. */
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
      'legal grounds, withdrawals and objections, decides over requests of persons, and hands out what is held of them.',
    grants: [
      reads('*'),
      readsAndWrites('lawfulness.*'),
      readsAndWrites('security.review'),
      readsAndWrites('requests.*'),
      readsAndWrites('disclosure.packages'),
      readsAndWrites('recipients.notices'),
      readsAndWrites('retention.*'),
      ...['reports.reports', 'reports.shared', 'reports.files', 'reports.schedules', 'reports.reactions'].map(
        readsAndWrites,
      ),
    ],
  },
  {
    key: 'editor',
    name: 'Editor',
    description:
      'Works with contacts, and with their appointments, documents and orders: sees, changes and imports them, merges contacts, sees ' +
      'their history, records on what legal ground, sends them links to their page, and decides over corrections that they propose.',
    grants: [
      readsAndWrites('contacts.*'),
      reads('audit.history'),
      reads('lawfulness.*'),
      reads('fields.definitions'),
      readsAndWrites('lawfulness.basis'),
      readsAndWrites('selfservice.links'),
      readsAndWrites('selfservice.corrections'),
      readsAndWrites('calendar.*'),
      readsAndWrites('documents.documents'),
      readsAndWrites('documents.content'),
      reads('documents.types'),
      readsAndWrites('orders.*'),
    ],
  },
  {
    key: 'analyst',
    name: 'Analyst',
    description: 'Sees contacts, without dates of birth, has reports made as files, and changes nothing.',
    grants: [
      readsAndWrites('reports.files'), // A file shows what its reader may see anyway, and the log tells of it.
      ...[
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
        'statistics.statistics',
        'reports.reports',
      ].map(reads),
    ],
  },
  {
    key: 'statistician',
    name: 'Statistician',
    description:
      'Sees numbers and the register of purposes, no contacts, has reports made as files, and changes nothing.',
    grants: [
      ...['statistics.statistics', 'lawfulness.purposes', 'reports.reports'].map(reads),
      readsAndWrites('reports.files'),
    ],
  },
]

/**
 * Makes the built-in roles that are missing, and gives those that are there what they were never given: the rights of what a new
 * release brings. What an administrator took away since, or changed, stays so.
 */
export async function addMissingRoles(tx: Transaction): Promise<void> {
  const [roles, given] = [await tx.role.findMany({ include: { grants: true } }), await tx.builtInGrant.findMany()]
  const wereGiven = new Set(given.map(({ roleKey, right }) => `${roleKey} ${right}`))
  for (const { grants, ...role } of builtInRoles) {
    const there = roles.find(({ key }) => key === role.key)
    const missing = there ? grants.filter(({ right }) => !wereGiven.has(`${role.key} ${right}`)) : grants
    if (missing.length === 0) continue
    const roleId = there?.id ?? uuidv7()
    if (!there) await tx.role.create({ data: { id: roleId, ...role, builtIn: true } })
    const held = new Set(there?.grants.map(({ right }) => right))
    const data = missing.filter(({ right }) => !held.has(right)).map((grant) => ({ roleId, ...grant }))
    if (data.length > 0) await tx.grant.createMany({ data })
    const isNew = ({ right }: GrantedRight) => !wereGiven.has(`${role.key} ${right}`)
    const record = missing.filter(isNew).map(({ right }) => ({ roleKey: role.key, right }))
    if (record.length > 0) await tx.builtInGrant.createMany({ data: record })
  }
}
