import { Prisma } from '#prisma/client.ts'
import type { SortKey } from '../../../database/keyset.ts'
import { seenContacts } from '../../contacts/sight.ts'
import { groundTexts } from '../../lawfulness/disclosure-texts.ts'
import { groundLabels } from '../../lawfulness/register/export/labels.ts'
import { choice, type ParameterValues } from '../definition/parameters.ts'
import { column } from './column.ts'
import { contactColumns } from './contact-columns.ts'
import type { SqlColumn, SqlSource } from './source.ts'

/** How long ahead is looked unless it is said, in days. */
export const usualDays = 30

/**
 * The legal grounds of contacts: one row for each contact, purpose and ground. What holds derives from the time alone, as everywhere: a
 * ground that was renewed a minute ago is not about to lapse any more.
 */
export const groundSource: SqlSource = {
  key: 'grounds',
  kind: 'sql',
  name: { de: 'Rechtsgrundlagen', en: 'Legal grounds' },
  description: {
    de: 'Eine Zeile je Kontakt, Zweck und Grundlage: was gilt, was bald abläuft, was abgelaufen ist.',
    en: 'One row for each contact, purpose and ground: what holds, what is about to lapse, what has lapsed.',
  },
  rights: ['contacts.contact', 'lawfulness.basis'],
  about: 'grounds',
  filtered: true,
  parameters: [
    choice(
      { key: 'state', name: { de: 'Zustand', en: 'State' }, usual: 'valid' },
      {
        valid: { de: 'gilt', en: 'holds' },
        lapsing: { de: 'läuft bald ab', en: 'about to lapse' },
        lapsed: { de: 'abgelaufen', en: 'lapsed' },
      },
    ),
    {
      key: 'days',
      name: {
        de: 'Tage: läuft in so vielen ab, ist vor so vielen abgelaufen',
        en: 'Days: lapses within, or has lapsed for so many',
      },
      type: 'integer',
      minimum: 1,
      maximum: 36_500,
      default: null,
    },
    { key: 'purpose', name: { de: 'Zweck', en: 'Purpose' }, type: 'purpose', default: null },
  ],
  usual: ['displayName', 'email', 'purpose', 'ground', 'validUntil', 'daysLeft'],
  columns: async (context) => [...groundColumns, ...(await contactColumns(context))],
  select: ({ context, parameters }) => ({
    from: Prisma.sql`lawful_basis_period p JOIN ${seenContacts(context)} c ON c.contact_id = p.contact_id
      JOIN purpose u ON u.key = p.purpose_key`,
    conditions: [
      Prisma.sql`c.merged_into_id IS NULL`,
      ...conditionsOf(parameters),
      ...(parameters['purpose'] === undefined ? [] : [Prisma.sql`p.purpose_key = ${parameters['purpose']}`]),
    ],
    identity: [
      { name: 'contact', expression: Prisma.sql`p.contact_id`, type: 'uuid', descending: false },
      { name: 'id', expression: Prisma.sql`p.event_id`, type: 'uuid', descending: false },
    ],
    order: [orderOf(parameters)],
    contactId: Prisma.sql`p.contact_id`,
    basis: { id: Prisma.sql`p.event_id`, purpose: Prisma.sql`p.purpose_key` },
  }),
}

const now = Prisma.sql`statement_timestamp()`
const days = (count: unknown) => Prisma.sql`${count}::int * interval '1 day'`

/** When a valid period ends that does so by itself, as it stands in the index; NULL of others. */
const ends = Prisma.sql`(CASE WHEN p.is_valid AND p.expires THEN p.valid_until END)`

/** That a period `p` of a purpose `u` counts: the purpose is in use and rests on such grounds, and a child did not consent alone. */
const counts = (period: 'p' | 'q') => {
  const p = Prisma.raw(period)
  // As one, for which PostgreSQL expects every other to count: of the conditions by themselves, hardly any, and it would read all for a page.
  return Prisma.sql`CASE WHEN (u.retired_at IS NULL OR u.retired_at > ${now}) AND ${p}.ground = ANY(u.grounds)
    AND (${p}.special_ground IS NOT NULL OR NOT u.special_categories)
    AND (${p}.ground <> 'consent' OR ${p}.by_guardian OR c.birth_date IS NULL
      OR ${p}.given_at >= (c.birth_date + interval '16 years') AT TIME ZONE 'UTC') THEN true ELSE false END`
}

const others = Prisma.sql`lawful_basis_period q
  WHERE q.contact_id = p.contact_id AND q.purpose_key = p.purpose_key AND q.id <> p.id`

function conditionsOf({ state, days: count }: ParameterValues): Prisma.Sql[] {
  switch (state) {
    // Ends by itself, and nothing else carries the purpose on from then: the same ground given again, or another one.
    case 'lapsing':
      return [
        Prisma.sql`${ends} > ${now} AND ${ends} <= ${now} + ${days(count ?? usualDays)}`,
        Prisma.sql`p.valid_from <= ${now} AND ${counts('p')}`,
        Prisma.sql`NOT EXISTS (SELECT FROM ${others} AND q.is_valid AND q.valid_from <= p.valid_until
          AND (q.valid_until IS NULL OR q.valid_until > p.valid_until) AND ${counts('q')})`,
      ]
    // Ended by itself, and nothing came after it: neither another ground, nor a withdrawal or an objection.
    case 'lapsed':
      return [
        Prisma.sql`${ends} <= ${now}`,
        ...(count === undefined ? [] : [Prisma.sql`${ends} > ${now} - ${days(count)}`]),
        counts('p'),
        Prisma.sql`NOT EXISTS (SELECT FROM ${others} AND q.valid_from <= ${now}
          AND (q.valid_until IS NULL OR (q.valid_until, q.id) > (p.valid_until, p.id)) AND (NOT q.is_valid OR ${counts('q')}))`,
      ]
    default:
      return [
        Prisma.sql`p.is_valid AND p.valid_from <= ${now} AND (p.valid_until IS NULL OR p.valid_until > ${now})`,
        counts('p'),
      ]
  }
}

/** By the index on it: what is asked for has an end. */
const orderOf = ({ state }: ParameterValues): SortKey => ({
  name: 'validUntil',
  expression: state === 'valid' ? Prisma.sql`coalesce(p.valid_until, 'infinity'::timestamptz)` : ends,
  type: 'timestamptz',
  descending: false,
})

// How urgent it is: who is informed at 30, 7 and 1 days sees them apart. In the order of letters.
const step = Prisma.sql`CASE
  WHEN p.valid_until IS NULL THEN 'never'
  WHEN p.valid_until <= ${now} THEN '00'
  WHEN p.valid_until <= ${days(1)} + ${now} THEN '01'
  WHEN p.valid_until <= ${days(7)} + ${now} THEN '07'
  WHEN p.valid_until <= ${days(30)} + ${now} THEN '30'
  ELSE 'later' END`

const stepWords = {
  '00': { de: 'abgelaufen', en: 'lapsed' },
  '01': { de: 'binnen 1 Tag', en: 'within 1 day' },
  '07': { de: 'binnen 7 Tagen', en: 'within 7 days' },
  '30': { de: 'binnen 30 Tagen', en: 'within 30 days' },
  later: { de: 'später', en: 'later' },
  never: { de: 'ohne Ende', en: 'without an end' },
}

const groundColumns: readonly SqlColumn[] = [
  column('purpose', { de: 'Zweck', en: 'Purpose' }, 'text', Prisma.sql`p.purpose_key`, { keys: 'purpose' }),
  column('ground', { de: 'Grundlage', en: 'Ground' }, 'text', Prisma.sql`p.ground::text`, { values: groundLabels }),
  column(
    'specialGround',
    { de: 'Grundlage nach Art. 9', en: 'Ground of Art. 9' },
    'text',
    Prisma.sql`p.special_ground::text`,
    { values: groundTexts['legalGroundPeriod']?.values?.['specialGround'] ?? {} },
  ),
  column('givenAt', { de: 'Erteilt am', en: 'Given at' }, 'time', Prisma.sql`p.given_at`),
  column('validFrom', { de: 'Gilt ab', en: 'Valid from' }, 'time', Prisma.sql`p.valid_from`),
  column('validUntil', { de: 'Gilt bis', en: 'Valid until' }, 'time', Prisma.sql`p.valid_until`),
  column(
    'daysLeft',
    { de: 'Tage bis dahin', en: 'Days left' },
    'number',
    Prisma.sql`floor(extract(epoch FROM p.valid_until - ${now}) / 86400)::int`,
  ),
  column('step', { de: 'Endet', en: 'Ends' }, 'text', step, { values: stepWords }),
  column('byGuardian', { de: 'Durch Sorgeberechtigte', en: 'By a guardian' }, 'boolean', Prisma.sql`p.by_guardian`),
]
