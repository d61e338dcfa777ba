import { Prisma } from '#prisma/client.ts'
import type { Context } from '../../../graphql/context.ts'
import { isBound, seenContacts } from '../../contacts/sight.ts'
import { erasureTexts } from '../../erasure/disclosure-texts.ts'
import { pending } from '../../erasure/state.ts'
import { judged } from '../../retention/rules/judge.ts'
import { readSpecs } from '../../retention/rules/spec.ts'
import { choice, type ParameterValues } from '../definition/parameters.ts'
import { column } from './column.ts'
import { contactColumns } from './contact-columns.ts'
import type { SqlColumn, SqlSource } from './source.ts'

const days = 90

const whatWords = {
  erasure: { de: 'Löschung', en: 'erasure' },
  proposal: { de: 'Vorschlag zur Löschung', en: 'proposal to erase' },
  retention: { de: 'Frist endet', en: 'period ends' },
  record: { de: 'Aufbewahrtes eines Gelöschten', en: 'record of somebody erased' },
}

/**
 * Who is about to be erased: what was asked for and is not executed, what is proposed, whose period of retention is over soon; and what a
 * law keeps of those who are gone, until its own period ends.
 */
export const erasureAheadSource: SqlSource = {
  key: 'erasures-ahead',
  kind: 'sql',
  name: { de: 'Anstehende Löschungen', en: 'Erasures ahead' },
  description: {
    de: 'Eine Zeile je Kontakt, der gelöscht werden soll, zur Löschung vorgeschlagen ist oder dessen Frist endet; und je Aufbewahrtem.',
    en: 'One row for each contact that is to be erased, proposed for it, or whose period ends; and for each record that is kept beyond.',
  },
  rights: ['contacts.contact', 'erasure.erasures', 'retention.proposals'],
  about: 'erasures',
  // Rows about nobody would fulfil no condition, nor its opposite.
  filtered: false,
  parameters: [
    {
      key: 'days',
      name: { de: 'Fristen, die in so vielen Tagen enden', en: 'Periods that end within so many days' },
      type: 'integer',
      minimum: 1,
      maximum: 3650,
      default: days,
    },
    choice(
      { key: 'what', name: { de: 'Was ansteht', en: 'What is ahead' }, usual: 'all' },
      { ...whatWords, all: { de: 'alles', en: 'everything' } },
    ),
  ],
  usual: ['dueAt', 'what', 'state', 'displayName', 'ground', 'rule', 'citation'],
  columns: async (context) => [...aheadColumns(context), ...(await contactColumns(context))],
  async select({ context, parameters }) {
    const specs = await readSpecs(context.database)
    const keys = specs.map(({ key }) => key ?? '')
    const parts = {
      erasure: Prisma.sql`
        SELECT s.contact_id, s.erasure_id AS id, 'erasure' AS what, e.state, e.ground, coalesce(e.approved_at, e.requested_at) AS due_at,
          NULL::text AS rule_key, NULL::text AS citation
        FROM erasure_subject s JOIN erasure e ON e.id = s.erasure_id WHERE e.state = ANY(${[...pending]}::text[])`,
      proposal: Prisma.sql`
        SELECT p.contact_id, p.id, 'proposal', 'proposed', p.ground, p.due_at, p.rule_key, NULL
        FROM erasure_proposal p WHERE p.state = 'open'`,
      retention: Prisma.sql`
        SELECT j.contact_id, j.contact_id, 'retention', j.status, 'retention_ended', j.due, nullif((${keys}::text[])[j.spec + 1], ''), NULL
        FROM (
          WITH without_ground AS MATERIALIZED (
            SELECT c.contact_id FROM ${seenContacts(context)} c WHERE c.merged_into_id IS NULL AND NOT ${heldByGround}
          )
          SELECT * FROM (${judged(specs, Prisma.sql`IN (SELECT w.contact_id FROM without_ground w)`)}) w
        ) j
        WHERE j.status IN ('due', 'waiting', 'held') AND j.spec IS NOT NULL AND ${soon(Prisma.sql`j.due`, parameters)}`,
      record: Prisma.sql`
        SELECT NULL::uuid, k.id, 'record', k.model, 'retention_ended', k.until, k.retention_key, k.citation
        FROM retained_record k WHERE k.settled AND ${soon(Prisma.sql`k.until`, parameters)}`,
    }
    // What is kept of the erased is nobody's to see but those who may; and nobody's at all who doesn't see every contact.
    const seesRecords = !isBound(context) && context.rights.canRead('erasure.restricted')
    const chosen = Object.entries(parts).flatMap(([what, part]) =>
      (parameters['what'] === 'all' || parameters['what'] === what) && (what !== 'record' || seesRecords) ? [part] : [],
    )
    const none = Prisma.sql`SELECT s.contact_id, s.erasure_id AS id, '' AS what, '' AS state, '' AS ground, now() AS due_at,
      NULL::text AS rule_key, NULL::text AS citation FROM erasure_subject s WHERE false`
    return {
      from: Prisma.sql`(${Prisma.join([none, ...chosen], ' UNION ALL ')}) a LEFT JOIN ${seenContacts(context)} c ON c.contact_id = a.contact_id`,
      conditions: [Prisma.sql`(a.contact_id IS NULL OR c.merged_into_id IS NULL AND c.contact_id IS NOT NULL)`],
      identity: [
        { name: 'what', expression: Prisma.sql`a.what`, type: 'text', descending: false },
        { name: 'contact', expression: Prisma.sql`coalesce(a.contact_id, a.id)`, type: 'uuid', descending: false },
        { name: 'id', expression: Prisma.sql`a.id`, type: 'uuid', descending: false },
      ],
      order: [
        {
          name: 'dueAt',
          expression: Prisma.sql`coalesce(a.due_at, 'infinity'::timestamptz)`,
          type: 'timestamptz',
          descending: false,
        },
      ],
      contactId: Prisma.sql`a.contact_id`,
      // Each page judges all of them anew.
      rowsAtOnce: 10_000,
    }
  },
}

/** A ground that holds or will, so that no period of theirs ends: they are most, and need not be judged. */
const heldByGround = Prisma.sql`EXISTS (SELECT FROM lawful_basis_period p JOIN purpose u ON u.key = p.purpose_key
  WHERE p.contact_id = c.contact_id AND p.is_valid AND (least(p.valid_until, u.retired_at) IS NULL
    OR least(p.valid_until, u.retired_at) > statement_timestamp()))`

const soon = (moment: Prisma.Sql, { days: count }: ParameterValues) =>
  Prisma.sql`${moment} < statement_timestamp() + ${count ?? days}::int * interval '1 day'`

const { state = {}, ground = {} } = erasureTexts['erasure']?.values ?? {}

const aheadColumns = ({ names }: Pick<Context, 'names'>): readonly SqlColumn[] => [
  column('dueAt', { de: 'Fällig am', en: 'Due at' }, 'time', Prisma.sql`a.due_at`),
  column('what', { de: 'Was ansteht', en: 'What is ahead' }, 'text', Prisma.sql`a.what`, {
    values: whatWords,
  }),
  column('state', { de: 'Stand', en: 'State' }, 'text', Prisma.sql`a.state`, {
    values: {
      ...names?.records,
      ...state,
      proposed: { de: 'vorgeschlagen', en: 'proposed' },
      due: { de: 'Frist ist um', en: 'period is over' },
      waiting: { de: 'Frist läuft', en: 'period runs' },
    },
  }),
  column('ground', { de: 'Grund', en: 'Ground' }, 'text', Prisma.sql`a.ground`, { values: ground }),
  column('rule', { de: 'Löschregel', en: 'Rule of retention' }, 'text', Prisma.sql`a.rule_key`, {
    keys: 'retentionRule',
  }),
  column('citation', { de: 'Gesetz', en: 'Law' }, 'text', Prisma.sql`a.citation`),
]
