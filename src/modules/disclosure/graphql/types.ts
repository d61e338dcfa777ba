import { encodeGlobalID } from '@pothos/plugin-relay'
import DataLoader from 'dataloader'
import type { AccessPackage, AccessPackageWork } from '#prisma/client.ts'
import type { Builder } from '../../../graphql/builder.ts'
import type { Context } from '../../../graphql/context.ts'
import { findContact } from '../../contacts/sight.ts'
import { downloadPath } from '../delivery/routes.ts'
import { isLanguage, isPackageKind, packagesRight } from '../packages.ts'

declare module '../../../graphql/context.ts' {
  interface Loaders {
    packageWork?: DataLoader<string, AccessPackageWork | null>
  }
}

/** The types of packages. */
export type PackageTypes = ReturnType<typeof addPackageTypes>

const auth = { read: packagesRight, write: packagesRight }

/** How far the making of packages is, of many in one statement. */
function workOf(context: Context, id: string) {
  context.loaders.packageWork ??= new DataLoader(async (ids: readonly string[]) => {
    const rows = await context.database.accessPackageWork.findMany({ where: { id: { in: [...ids] } } })
    const byId = new Map(rows.map((row) => [row.id, row]))
    return ids.map((one) => byId.get(one) ?? null)
  })
  return context.loaders.packageWork.load(id)
}

/** Adds packages. */
export function addPackageTypes(builder: Builder) {
  const kind = builder.enumType('AccessPackageKind', {
    description: 'What a package is for.',
    values: {
      ACCESS: { value: 'access', description: 'Everything that is held, with what Art. 15 GDPR wants besides.' },
      PORTABILITY: { value: 'portability', description: 'What the person gave, to take along (Art. 20 GDPR).' },
    } as const,
  })
  const language = builder.enumType('ReportLanguage', {
    description: 'A language that reports to persons are written in.',
    values: {
      DE: { value: 'de', description: 'German.' },
      EN: { value: 'en', description: 'English.' },
    } as const,
  })
  const delivery = builder.enumType('AccessPackageDelivery', {
    description: 'How a person got a package.',
    values: {
      DOWNLOAD: { value: 'download', description: 'By the link.' },
      MAIL: { value: 'mail', description: 'By a mail that staff wrote.' },
      LETTER: { value: 'letter', description: 'By post.' },
      IN_PERSON: { value: 'in_person', description: 'Handed over.' },
    } as const,
  })
  const state = builder.enumType('AccessPackageState', {
    description: 'What became of a package.',
    values: {
      QUEUED: { value: 'queued', description: 'It waits to be made.' },
      BUILDING: { value: 'building', description: 'It is being made.' },
      READY: { value: 'ready', description: 'It is produced, and can be delivered.' },
      DELIVERED: { value: 'delivered', description: 'The person has it.' },
      EXPIRED: { value: 'expired', description: 'Its time is over, or somebody erased it: the file is gone.' },
      FAILED: { value: 'failed', description: 'It could not be made. The log of the server tells why.' },
    } as const,
  })
  const accessPackage = builder.objectRef<AccessPackage>('AccessPackage').implement({
    description: 'What is held about a contact, put together for them in one ZIP.',
    auth,
    about: ({ contactId }) => contactId,
    fields: (t) => ({
      id: t.id({
        nullable: false,
        description: 'Its identity.',
        resolve: ({ id }) => encodeGlobalID('AccessPackage', id),
      }),
      contact: t.prismaField({
        type: 'Contact',
        nullable: true,
        auth: { read: 'contacts.contact' },
        description: 'Whom it is about.',
        resolve: (query, { contactId }, _args, context) => findContact(context, query, contactId),
      }),
      requestId: t.id({
        nullable: true,
        description: 'The request that it answers.',
        resolve: ({ requestId }) => requestId,
      }),
      kind: t.field({
        type: kind,
        nullable: true,
        description: 'What it is for.',
        resolve: ({ kind: its }) => (isPackageKind(its) ? its : null),
      }),
      language: t.field({
        type: language,
        nullable: true,
        description: 'The language of its report.',
        resolve: ({ language: its }) => (isLanguage(its) ? its : null),
      }),
      state: t.field({
        type: state,
        nullable: false,
        description: 'What became of it.',
        resolve: async ({ id, state: its }, _args, context) => {
          if (its === 'ready' || its === 'delivered' || its === 'expired' || its === 'failed') return its
          return (await workOf(context, id))?.building ? 'building' : 'queued'
        },
      }),
      recordsDone: t.int({
        nullable: true,
        description: 'How many records are read, while it is made.',
        resolve: async ({ id }, _args, context) => (await workOf(context, id))?.recordsDone ?? null,
      }),
      recordsTotal: t.int({
        nullable: true,
        description: 'How many records there are to read, while it is made.',
        resolve: async ({ id }, _args, context) => (await workOf(context, id))?.recordsTotal ?? null,
      }),
      size: t.float({
        nullable: true,
        description: 'Of the ZIP, in bytes.',
        resolve: ({ size }) => (size === null ? null : Number(size)),
      }),
      sha256: t.string({
        nullable: true,
        description: 'SHA-256 of the ZIP, hex.',
        resolve: ({ sha256 }) => sha256 || null,
      }),
      url: t.string({
        nullable: true,
        description:
          'Where staff downloads it, with their own credentials; the log tells of it. Null: there is no file.',
        resolve: ({ id, storageKey }, _args, { publicUrl }) =>
          storageKey
            ? `${publicUrl}${downloadPath}?id=${encodeURIComponent(encodeGlobalID('AccessPackage', id))}`
            : null,
      }),
      createdAt: t.expose('createdAt', { type: 'DateTime', nullable: false, description: 'When it was ordered.' }),
      snapshotAt: t.expose('snapshotAt', {
        type: 'DateTime',
        nullable: true,
        description: 'The moment as of which all of it is.',
      }),
      producedAt: t.expose('producedAt', { type: 'DateTime', nullable: true, description: 'When it was ready.' }),
      deliveredAt: t.expose('deliveredAt', {
        type: 'DateTime',
        nullable: true,
        description: 'When the person got it.',
      }),
      deliveredHow: t.string({
        nullable: true,
        description: 'How: `download`, `mail`, `letter` or `in_person`.',
        resolve: ({ deliveredHow }) => deliveredHow || null,
      }),
      linkUsedAt: t.expose('linkUsedAt', {
        type: 'DateTime',
        nullable: true,
        description: 'When the person used the link first.',
      }),
      expiresAt: t.expose('expiresAt', { type: 'DateTime', nullable: true, description: 'When its file is erased.' }),
    }),
  })
  return { accessPackage, kind, language, delivery }
}
