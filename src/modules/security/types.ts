import type { SecurityCheck } from '#prisma/client.ts'
import type { Builder } from '../../graphql/builder.ts'
import { measures } from './measures.ts'
import type { ReviewedFinding, ReviewedMeasure } from './review.ts'

const auth = { read: 'security.review' }

/** `SecurityMeasure` and what belongs to it. */
export function addReviewTypes(builder: Builder) {
  const measureKey = addMeasureKey(builder)
  const check = addCheck(builder, measureKey)
  const finding = addFinding(builder)
  const status = builder.enumType('SecurityStatus', {
    description: 'How a measure is doing.',
    values: {
      OK: { value: 'ok', description: 'In force, as far as can be seen or as somebody found at the last look.' },
      ATTENTION: { value: 'attention', description: 'Somebody should do something: the findings say what.' },
      UNKNOWN: {
        value: 'unknown',
        description: 'It can not be seen from here, and nobody has recorded a look at it yet.',
      },
    } as const,
  })
  const measure = builder.objectRef<ReviewedMeasure>('SecurityMeasure').implement({
    description: 'A technical or organisational measure (Art. 32 GDPR), as it is at this moment.',
    auth,
    sensitive: true,
    fields: (t) => ({
      key: t.field({
        type: measureKey,
        nullable: false,
        description: 'For programs, and for `recordSecurityCheck`.',
        resolve: ({ key }) => key,
      }),
      title: t.exposeString('title', { nullable: false, description: 'What it is called.' }),
      description: t.exposeString('description', { nullable: false, description: 'What it does.' }),
      status: t.expose('status', { type: status, nullable: false, description: 'How it is doing.' }),
      findings: t.field({
        type: [finding],
        nullable: false,
        description: 'What was found just now.',
        resolve: ({ findings }) => findings,
      }),
      lastCheckedAt: t.field({
        type: 'DateTime',
        nullable: true,
        description: 'When somebody last looked whether it works; null: nobody recorded that yet.',
        resolve: ({ checks }) => checks[0]?.checkedAt,
      }),
      lastCheckedBy: t.prismaField({
        type: 'User',
        nullable: true,
        auth: { read: 'identity.users' },
        description: 'Who that was.',
        resolve: (query, { checks: [last] }, _args, { database }) =>
          last ? database.user.findUnique({ ...query, where: { id: last.userId } }) : null,
      }),
      checks: t.field({
        type: [check],
        nullable: false,
        description: 'The latest looks that somebody took, the newest first; at most ten.',
        resolve: ({ checks }) => checks,
      }),
      checkEvery: t.exposeInt('checkEvery', {
        nullable: false,
        description: 'After how many days somebody should look again (Art. 32(1)(d) GDPR).',
      }),
      due: t.exposeBoolean('due', { nullable: false, description: 'Nobody has looked for longer than that.' }),
    }),
  })
  return { measure, measureKey, check }
}

const addMeasureKey = (builder: Builder) =>
  builder.enumType('SecurityMeasureKey', {
    description: 'The measures of security that there are in this version.',
    values: Object.fromEntries(
      measures.map(({ key, title }) => [enumName(key), { value: key, description: title.en }]),
    ),
  })

const enumName = (key: string) => key.toUpperCase().replaceAll('-', '_')

const addCheck = (builder: Builder, measureKey: ReturnType<typeof addMeasureKey>) =>
  builder.objectRef<SecurityCheck>('SecurityCheck').implement({
    description: 'Somebody looked whether a measure is in force and works.',
    auth,
    fields: (t) => ({
      id: t.exposeID('id', { nullable: false, description: 'Its identity.' }),
      measure: t.field({
        type: measureKey,
        nullable: false,
        description: 'Which measure.',
        resolve: ({ measure }) => measure,
      }),
      note: t.exposeString('note', { nullable: false, description: 'What they found; empty if they wrote nothing.' }),
      checkedAt: t.expose('checkedAt', { type: 'DateTime', nullable: false, description: 'When.' }),
      user: t.prismaField({
        type: 'User',
        nullable: true,
        auth: { read: 'identity.users' },
        description: 'Who.',
        resolve: (query, { userId }, _args, { database }) =>
          database.user.findUnique({ ...query, where: { id: userId } }),
      }),
    }),
  })

const firstFew = 'The first few of those that it is about, as far as you may see them.'

// Prisma makes one statement of all that is looked up for one answer.
const addFinding = (builder: Builder) =>
  builder.objectRef<ReviewedFinding>('SecurityFinding').implement({
    description: 'Something that was found about a measure.',
    auth,
    fields: (t) => ({
      text: t.exposeString('text', { nullable: false, description: 'What it is, and what to do about it.' }),
      count: t.exposeInt('count', {
        nullable: false,
        description: 'How many users, keys, rights and so on it is about.',
      }),
      attention: t.exposeBoolean('attention', {
        nullable: false,
        description: 'Somebody should do something about it; otherwise it is only to be known.',
      }),
      users: t.prismaField({
        type: ['User'],
        nullable: true,
        auth: { read: 'identity.users' },
        description: firstFew,
        resolve: async (query, { users = [] }, _args, { database }) =>
          present(await Promise.all(users.map((id) => database.user.findUnique({ ...query, where: { id } })))),
      }),
      roles: t.prismaField({
        type: ['Role'],
        nullable: true,
        auth: { read: 'identity.roles' },
        description: firstFew,
        resolve: async (query, { roles = [] }, _args, { database }) =>
          present(await Promise.all(roles.map((id) => database.role.findUnique({ ...query, where: { id } })))),
      }),
      clients: t.prismaField({
        type: ['Client'],
        nullable: true,
        auth: { read: 'identity.clients' },
        description: firstFew,
        resolve: async (query, { clients = [] }, _args, { database }) =>
          present(await Promise.all(clients.map((id) => database.client.findUnique({ ...query, where: { id } })))),
      }),
    }),
  })

const present = <Row>(rows: readonly (Row | null)[]): Row[] => rows.flatMap((row) => (row === null ? [] : [row]))
