import { Prisma } from '#prisma/client.ts'
import { seenContacts } from '../../contacts/sight.ts'
import { groundTexts } from '../../lawfulness/disclosure-texts.ts'
import { groundEventWords } from '../../shared-words.ts'
import { choice } from '../definition/parameters.ts'
import { since, until, within } from './between.ts'
import { column } from './column.ts'
import { contactColumns } from './contact-columns.ts'
import type { SqlColumn, SqlSource } from './source.ts'

/** What contacts consented to, withdrew and so on, when and on which way: one row for each event; those that were taken back don't count. */
export const consentSource: SqlSource = {
  key: 'consents',
  kind: 'sql',
  name: { de: 'Einwilligungen', en: 'Consents' },
  description: {
    de: 'Eine Zeile je Einwilligung, Widerruf, Ablehnung und Ablauf: wann, wozu, auf welchem Weg.',
    en: 'One row for each consent, withdrawal, refusal and lapse: when, for what, on which way.',
  },
  rights: ['contacts.contact', 'lawfulness.basis'],
  about: 'consents',
  filtered: true,
  parameters: [
    choice(
      { key: 'what', name: { de: 'Was geschah', en: 'What happened' }, usual: 'all' },
      {
        given: { de: 'gegeben, bestätigt oder erneuert', en: 'given, confirmed or renewed' },
        ended: { de: 'widerrufen, abgelehnt oder abgelaufen', en: 'withdrawn, refused or lapsed' },
        all: { de: 'alles', en: 'everything' },
      },
    ),
    { key: 'purpose', name: { de: 'Zweck', en: 'Purpose' }, type: 'purpose', default: null },
    since,
    until,
  ],
  usual: ['occurredAt', 'displayName', 'purpose', 'what', 'channel'],
  columns: async (context) => [...consentColumns, ...(await contactColumns(context))],
  select: ({ context, parameters, timeZone }) => ({
    from: Prisma.sql`lawful_basis_event e JOIN ${seenContacts(context)} c ON c.contact_id = e.contact_id`,
    conditions: [
      Prisma.sql`e.ground = 'consent' AND e.kind <> 'used'`,
      Prisma.sql`e.kind = ANY(${kindsOf(parameters['what'])}::basis_event_kind[])`,
      Prisma.sql`c.merged_into_id IS NULL`,
      Prisma.sql`NOT EXISTS (SELECT FROM lawful_basis_event x
        WHERE x.contact_id = e.contact_id AND x.kind = 'retracted' AND x.basis_id = e.id)`,
      ...(parameters['purpose'] === undefined ? [] : [Prisma.sql`e.purpose_key = ${parameters['purpose']}`]),
      ...within(Prisma.sql`e.occurred_at`, { parameters, timeZone }),
    ],
    identity: [
      { name: 'contact', expression: Prisma.sql`e.contact_id`, type: 'uuid', descending: true },
      { name: 'id', expression: Prisma.sql`e.id`, type: 'uuid', descending: true },
    ],
    order: [{ name: 'occurredAt', expression: Prisma.sql`e.occurred_at`, type: 'timestamptz', descending: true }],
    contactId: Prisma.sql`e.contact_id`,
  }),
}

const kindsOf = (what: unknown): string[] => {
  const [given, ended] = [
    ['given', 'confirmed', 'renewed'],
    ['withdrawn', 'refused', 'lapsed'],
  ]
  if (what === 'given') return given
  return what === 'ended' ? ended : ['requested', ...given, ...ended]
}

/** Who brought it, and by what: so consents by phone, on paper, on a partner's page and from an import are told apart. */
const channel = Prisma.sql`CASE
  WHEN e.import_id IS NOT NULL THEN 'import'
  WHEN e.kind = 'lapsed' THEN 'time'
  WHEN e.actor_kind = 'client' THEN 'partner'
  WHEN e.actor_kind IN ('contact', 'anonymous') THEN 'person'
  WHEN e.evidence_kind = 'phone_note' THEN 'phone'
  WHEN e.evidence_kind = 'document' THEN 'document'
  WHEN e.actor_kind = 'user' THEN 'staff'
  ELSE e.actor_kind END`

const channelNames = {
  import: { de: 'Import', en: 'import' },
  time: { de: 'Zeitablauf', en: 'lapse of time' },
  partner: { de: 'Partner', en: 'partner' },
  person: { de: 'die Person selbst', en: 'the person' },
  phone: { de: 'Telefon', en: 'phone' },
  document: { de: 'Dokument', en: 'document' },
  staff: { de: 'Beschäftigte', en: 'staff' },
  rule: { de: 'Regel', en: 'rule' },
  system: { de: 'von selbst', en: 'by itself' },
  operator: { de: 'Betrieb des Servers', en: 'the server’s operator' },
}

const evidenceNames = groundTexts['legalGroundEvent']?.values?.['evidenceKind'] ?? {}

const consentColumns: readonly SqlColumn[] = [
  column('occurredAt', { de: 'Geschehen am', en: 'Happened at' }, 'time', Prisma.sql`e.occurred_at`),
  column('purpose', { de: 'Zweck', en: 'Purpose' }, 'text', Prisma.sql`e.purpose_key`, { keys: 'purpose' }),
  column('what', { de: 'Was geschah', en: 'What happened' }, 'text', Prisma.sql`e.kind::text`, {
    values: groundEventWords,
  }),
  column('channel', { de: 'Weg', en: 'Channel' }, 'text', channel, { values: channelNames }),
  column(
    'evidenceKind',
    { de: 'Art des Nachweises', en: 'Kind of evidence' },
    'text',
    Prisma.sql`e.evidence_kind::text`,
    {
      values: evidenceNames,
    },
  ),
  column('validUntil', { de: 'Gilt bis', en: 'Valid until' }, 'time', Prisma.sql`e.valid_until`),
  column('recordedAt', { de: 'Aufgezeichnet am', en: 'Recorded at' }, 'time', Prisma.sql`e.recorded_at`),
]
