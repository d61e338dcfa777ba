import { Prisma } from '#prisma/client.ts'
import type { Context } from '../../../graphql/context.ts'
import { isBound, seenContacts } from '../../contacts/sight.ts'
import type { Text } from '../../disclosed.ts'
import { choice, contactIn, type ParameterValues } from '../definition/parameters.ts'
import { since, until, within } from './between.ts'
import { column } from './column.ts'
import { contactColumns } from './contact-columns.ts'
import type { SqlColumn, SqlSource } from './source.ts'
import { actorNames } from './words.ts'

const kindWords = {
  disclosure: { de: 'Auskunft', en: 'disclosure' },
  export: { de: 'Export', en: 'export' },
  retained: { de: 'Aufbewahrtes', en: 'retained record' },
  report: { de: 'Bericht', en: 'report' },
  look: { de: 'Einsicht', en: 'look' },
}

/** Who got to see what: exports, disclosures to persons, looks at what is kept of the erased, reports, and whatever else is sensitive. */
export const disclosureSource: SqlSource = {
  key: 'disclosures',
  kind: 'sql',
  name: { de: 'Zugriffe', en: 'Accesses' },
  description: {
    de: 'Eine Zeile je Blick auf Sensibles aus dem Protokoll: wer, wann, womit; Auskünfte und Exporte eingeschlossen.',
    en: 'One row for each look at what is sensitive, from the audit log: who, when, by what; disclosures and exports included.',
  },
  rights: ['audit.log', 'contacts.contact'],
  about: 'disclosures',
  // Entries about nobody would fulfil no condition, nor its opposite.
  filtered: false,
  parameters: [
    choice(
      { key: 'kind', name: { de: 'Art', en: 'Kind' }, usual: 'all' },
      { all: { de: 'alle', en: 'all' }, ...kindWords },
    ),
    {
      key: 'contact',
      name: { de: 'Nur zu diesem Kontakt, auch in Exporten', en: 'Only about this contact, in exports, too' },
      type: 'contact',
      default: null,
    },
    since,
    until,
  ],
  usual: ['recordedAt', 'actorKind', 'actor', 'program', 'kind', 'operation', 'displayName'],
  columns: async (context) => [...accessColumns(context), ...(await contactColumns(context))],
  select: ({ context, parameters, timeZone }) => ({
    from: Prisma.sql`(${accesses(parameters)}) e LEFT JOIN ${seenContacts(context)} c ON c.contact_id = e.contact_id`,
    conditions: [
      // What is about no contact that is seen may tell of one that isn't.
      isBound(context) ? Prisma.sql`c.contact_id IS NOT NULL` : Prisma.sql`true`,
      ...(parameters['kind'] === 'all' ? [] : [Prisma.sql`${kind} = ${parameters['kind']}`]),
      ...within(Prisma.sql`e.recorded_at`, { parameters, timeZone }),
    ],
    identity: [{ name: 'id', expression: Prisma.sql`e.id`, type: 'uuid', descending: true }],
    order: [],
    // Of whoever was erased, the log still tells that somebody looked.
    contactId: Prisma.sql`c.contact_id`,
  }),
}

// As the indexes on both tables have it: the planner finds them by these words.
const isAccess =
  Prisma.raw(`(e.action = 'read' OR e.operation IN ('discloseContact', 'createAccessPackageLink', 'openAccessPackageLink',
  'deliverAccessPackage', 'markAccessPackageDelivered'))`)

const accessColumnsOf = (contactId: Prisma.Sql) =>
  Prisma.sql`e.id, ${contactId} AS contact_id, e.recorded_at, e.actor_kind, e.actor_id, e.operation, e.request_id`

/** All of them; or those about one contact, and what was exported with them in it. */
function accesses({ contact }: ParameterValues): Prisma.Sql {
  if (contact === undefined)
    return Prisma.sql`
      SELECT ${accessColumnsOf(Prisma.sql`e.contact_id`)} FROM audit_entry e WHERE ${isAccess}
      UNION ALL
      SELECT ${accessColumnsOf(Prisma.sql`NULL::uuid`)} FROM system_audit_entry e WHERE ${isAccess}`
  const id = Prisma.sql`${contactIn(String(contact)) ?? null}::uuid`
  return Prisma.sql`
    SELECT ${accessColumnsOf(Prisma.sql`e.contact_id`)} FROM audit_entry e WHERE ${isAccess} AND e.contact_id = ${id}
    UNION ALL
    SELECT ${accessColumnsOf(id)} FROM system_audit_entry e WHERE ${isAccess} AND e.request_id IN (
      SELECT x.request_id FROM export_reach x WHERE x.first_id <= ${id} AND x.last_id >= ${id} AND ${id} = ANY(x.contact_ids))`
}

const kind = Prisma.raw(`CASE
  WHEN e.operation IN ('discloseContact', 'createAccessPackageLink', 'openAccessPackageLink', 'deliverAccessPackage',
    'markAccessPackageDelivered', 'downloadAccessPackage', 'seeOwnData') THEN 'disclosure'
  WHEN e.operation IN ('retainedRecord', 'retainedRecords', 'downloadRetainedFile') THEN 'retained'
  WHEN e.operation IN ('runReport', 'reportGroups', 'securityReview', 'statistics') THEN 'report'
  WHEN e.operation IN ('processingRegister', 'iCalendar', 'exportAppointments', 'downloadDocument', 'auditReceipt', 'createReportFile',
    'downloadReportFile', 'mailReport') THEN 'export'
  ELSE 'look' END`)

/** Operations that are about many, and so in no access report, where modules name theirs. */
const operationWords: Readonly<Record<string, Text>> = {
  runReport: { de: 'Bericht angesehen', en: 'report read' },
  reportGroups: { de: 'Bericht gezählt', en: 'report counted' },
  createReportFile: { de: 'Bericht als Datei gemacht', en: 'report made as a file' },
  downloadReportFile: { de: 'Bericht als Datei abgeholt', en: 'report fetched as a file' },
  mailReport: { de: 'Bericht als Anhang gemailt', en: 'report mailed as an attachment' },
  securityReview: { de: 'Sicherheitsprüfung angesehen', en: 'security review read' },
  statistics: { de: 'Statistik angesehen', en: 'statistics read' },
  processingRegister: {
    de: 'Verzeichnis der Verarbeitungstätigkeiten ausgegeben',
    en: 'register of processing exported',
  },
  retainedRecords: { de: 'Aufbewahrtes Gelöschter gelesen', en: 'records kept of the erased read' },
  retainedRecord: { de: 'Aufbewahrtes eines Gelöschten gelesen', en: 'record kept of somebody erased read' },
  downloadRetainedFile: {
    de: 'Aufbewahrte Datei eines Gelöschten abgeholt',
    en: 'file kept of somebody erased fetched',
  },
}

const accessColumns = ({ names }: Pick<Context, 'names'>): readonly SqlColumn[] => [
  column('recordedAt', { de: 'Wann', en: 'When' }, 'time', Prisma.sql`e.recorded_at`),
  column('actorKind', { de: 'Durch', en: 'By' }, 'text', Prisma.sql`e.actor_kind`, { values: actorNames }),
  column(
    'actor',
    { de: 'Wer', en: 'Who' },
    'text',
    Prisma.sql`(SELECT coalesce(nullif(a.name, ''), a.email) FROM user_account a WHERE e.actor_kind = 'user' AND a.id = e.actor_id)`,
    { right: 'identity.users' },
  ),
  column(
    'program',
    { de: 'Programm', en: 'Program' },
    'text',
    Prisma.sql`(SELECT a.name FROM client a WHERE e.actor_kind = 'client' AND a.id = e.actor_id)`,
    { right: 'identity.clients' },
  ),
  column('kind', { de: 'Art', en: 'Kind' }, 'text', kind, { values: kindWords }),
  column('operation', { de: 'Vorgang', en: 'Operation' }, 'text', Prisma.sql`e.operation`, {
    values: { ...operationWords, ...names?.operations },
  }),
  column('request', { de: 'Anfrage', en: 'Request' }, 'text', Prisma.sql`e.request_id`, { groupable: false }),
]
