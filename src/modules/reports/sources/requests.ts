import { Prisma } from '#prisma/client.ts'
import { isBound, seenContacts } from '../../contacts/sight.ts'
import { requestTexts } from '../../requests/disclosure-texts.ts'
import { requestStatuses } from '../../requests/kinds.ts'
import { isUndecided, running } from '../../requests/status.ts'
import { choice } from '../definition/parameters.ts'
import { since, until, within } from './between.ts'
import { column } from './column.ts'
import { contactColumns } from './contact-columns.ts'
import type { Asked, SqlColumn, SqlSource } from './source.ts'

/** What persons asked for (Art. 15 to 22 GDPR), and by when it has to be answered (Art. 12(3) GDPR). */
export const requestSource: SqlSource = {
  key: 'requests',
  kind: 'sql',
  name: { de: 'Anträge von Betroffenen', en: 'Requests of persons' },
  description: {
    de: 'Eine Zeile je Antrag und Recht: bis wann, wie weit; auch solche, von denen noch niemand weiß, wessen sie sind.',
    en: 'One row for each request and right: by when, how far; also those of which nobody knows yet whose they are.',
  },
  rights: ['contacts.contact', 'requests.requests'],
  about: 'requests',
  filtered: true,
  parameters: [
    choice(
      { key: 'state', name: { de: 'Stand', en: 'State' }, usual: 'all' },
      {
        open: { de: 'nicht entschieden', en: 'not decided' },
        overdue: { de: 'überfällig', en: 'overdue' },
        decided: { de: 'entschieden', en: 'decided' },
        all: { de: 'alle', en: 'all' },
      },
    ),
    {
      key: 'days',
      name: { de: 'Fällig in so vielen Tagen', en: 'Due within so many days' },
      type: 'integer',
      minimum: 1,
      maximum: 3650,
      default: null,
    },
    since,
    until,
  ],
  usual: ['dueAt', 'daysLeft', 'kind', 'status', 'displayName', 'receivedAt', 'assignee'],
  columns: async (context) => [...requestColumns, ...(await contactColumns(context))],
  select: (asked) => {
    const { context, parameters } = asked
    return {
      from: Prisma.sql`(${Prisma.join([known, ...incoming(asked)], ' UNION ALL ')}) r
      LEFT JOIN ${seenContacts(context)} c ON c.contact_id = r.contact_id`,
      conditions: [
        Prisma.sql`(c.contact_id IS NOT NULL OR r.contact_id IS NULL)`,
        ...stateConditions(parameters['state']),
        ...(parameters['days'] === undefined
          ? []
          : [Prisma.sql`${isRunning} AND r.due_at < ${now} + ${parameters['days']}::int * interval '1 day'`]),
        ...within(Prisma.sql`r.received_at`, asked),
      ],
      identity: [
        { name: 'kind', expression: Prisma.sql`r.kind`, type: 'text', descending: false },
        { name: 'id', expression: Prisma.sql`r.id`, type: 'uuid', descending: false },
      ],
      order: [{ name: 'dueAt', expression: Prisma.sql`r.due_at`, type: 'timestamptz', descending: false }],
      contactId: Prisma.sql`r.contact_id`,
    }
  },
}

const known = Prisma.sql`
  SELECT r.contact_id, r.id, r.kind, r.status, r.channel, r.received_at, r.due_at, r.decided_at, r.extended_at, r.denial, r.assignee_id
  FROM subject_request r`

/**
 * Those of which nobody knows yet whose they are: the time runs for them, too. One that turned out to be somebody's is theirs from then on.
 * They may be anybody's, so those who don't see all contacts see none; and no condition on contacts holds for them.
 */
const incoming = ({ context, filtered }: Asked): Prisma.Sql[] =>
  isBound(context) || filtered
    ? []
    : [
        Prisma.sql`
          SELECT NULL, i.id, k.kind, CASE i.status WHEN 'open' THEN ${unmatched} ELSE i.status END, i.channel, i.received_at, i.due_at,
            i.decided_at, NULL, CASE i.status WHEN 'denied' THEN 'no_match' END, NULL
          FROM incoming_request i, unnest(i.kinds) k(kind) WHERE i.status <> 'matched'`,
      ]

const unmatched = 'unmatched'

const now = Prisma.sql`statement_timestamp()`
const isOpen = Prisma.sql`r.status = ANY(${[...requestStatuses.filter(isUndecided), unmatched]}::text[])`
/** While a person is asked who they are, the time stands still. */
const isRunning = Prisma.sql`r.status = ANY(${[...running, unmatched]}::text[])`

function stateConditions(state: unknown): Prisma.Sql[] {
  if (state === 'open') return [isOpen]
  if (state === 'overdue') return [Prisma.sql`${isRunning} AND r.due_at < ${now}`]
  return state === 'decided' ? [Prisma.sql`NOT ${isOpen}`] : []
}

const { kind = {}, status = {}, channel = {}, denial = {} } = requestTexts['subjectRequest']?.values ?? {}

// There they are told to the person.
const statusWords = { ...status, [unmatched]: { de: 'noch niemandem zugeordnet', en: 'nobody knows yet whose' } }
const channelWords = { ...channel, self_service: { de: 'eigene Seite der Person', en: 'the person’s own page' } }
const denialWords = { ...denial, no_match: { de: 'nichts gespeichert', en: 'nothing is held' } }

const requestColumns: readonly SqlColumn[] = [
  column('dueAt', { de: 'Fällig am', en: 'Due at' }, 'time', Prisma.sql`r.due_at`, {
    sort: () => [{ expression: Prisma.sql`r.due_at`, type: 'timestamptz' }],
  }),
  column(
    'daysLeft',
    { de: 'Tage bis dahin', en: 'Days left' },
    'number',
    Prisma.sql`CASE WHEN ${isRunning} THEN floor(extract(epoch FROM r.due_at - ${now}) / 86400)::int END`,
  ),
  column('overdue', { de: 'Überfällig', en: 'Overdue' }, 'boolean', Prisma.sql`(${isRunning} AND r.due_at < ${now})`),
  column(
    'late',
    { de: 'Verspätet entschieden', en: 'Decided late' },
    'boolean',
    Prisma.sql`coalesce(r.decided_at > r.due_at, false)`,
  ),
  column('kind', { de: 'Recht', en: 'Right' }, 'text', Prisma.sql`r.kind`, { values: kind }),
  column('status', { de: 'Stand', en: 'Status' }, 'text', Prisma.sql`r.status`, { values: statusWords }),
  column('channel', { de: 'Weg', en: 'Channel' }, 'text', Prisma.sql`r.channel`, { values: channelWords }),
  column('receivedAt', { de: 'Eingegangen am', en: 'Received at' }, 'time', Prisma.sql`r.received_at`),
  column('decidedAt', { de: 'Entschieden am', en: 'Decided at' }, 'time', Prisma.sql`r.decided_at`),
  column('extended', { de: 'Frist verlängert', en: 'Extended' }, 'boolean', Prisma.sql`(r.extended_at IS NOT NULL)`),
  column('denial', { de: 'Ablehnung', en: 'Denial' }, 'text', Prisma.sql`r.denial`, { values: denialWords }),
  column(
    'assignee',
    { de: 'Zuständig', en: 'Assigned to' },
    'text',
    Prisma.sql`(SELECT coalesce(nullif(a.name, ''), a.email) FROM user_account a WHERE a.id = r.assignee_id)`,
    { right: 'identity.users' },
  ),
]
