import { encodeGlobalID } from '@pothos/plugin-relay'
import type { RetentionRule } from '#prisma/client.ts'
import type { Builder } from '../../../graphql/builder.ts'
import { legalGroundType } from '../../contacts/legal-ground.ts'
import { addTextTypes, listed, textIn, textsIn } from '../../lawfulness/texts.ts'
import { erasesByItself, isRuleAction, type RuleAction } from '../rules/spec.ts'

const auth = { read: 'retention.rules', write: 'retention.rules' }

/** A rule, as it is read and as it is given. */
export function addRuleTypes(builder: Builder) {
  const action = addAction(builder)
  return { rule: addRule(builder, action), input: addInput(builder, action) }
}

type Action = ReturnType<typeof addAction>

const addAction = (builder: Builder) =>
  builder.enumType('RetentionRuleAction', {
    description: 'What is done with whoever a rule is about.',
    values: {
      PROPOSE: { value: 'propose', description: 'When their period is over, their erasure is proposed to staff.' },
      ERASE: { value: 'erase', description: 'When their period is over, they are erased.' },
      ANONYMISE: {
        value: 'anonymise',
        description:
          'The same, and all that holds no personal data stays, whatever its type says: documents and appointments without their links, and ' +
          'numbers.',
      },
      RESTRICT: {
        value: 'restrict',
        description:
          'From its start on, nobody works with them (Art. 18 GDPR, § 35(3) BDSG); when it is over, they are erased.',
      },
    } satisfies Record<string, { value: RuleAction; description: string }>,
  })

function addRule(builder: Builder, action: Action) {
  const texts = addTextTypes(builder)
  return builder.objectRef<RetentionRule>('RetentionRule').implement({
    description: 'Whose data is erased when: a rule of retention (DIN 66398, ISO/IEC 27555).',
    auth,
    fields: (t) => ({
      id: t.id({
        nullable: false,
        description: 'Its identity, as in the audit log.',
        resolve: ({ id }) => encodeGlobalID('RetentionRule', id),
      }),
      key: t.exposeString('key', { nullable: false, description: 'Its name for programs; unique, for good.' }),
      names: t.field({
        type: [texts.text],
        nullable: false,
        description: 'Its name for people.',
        resolve: ({ names }) => listed(names),
      }),
      name: t.string({
        nullable: false,
        description: 'Its name in one language.',
        args: { language: t.arg({ type: texts.language, defaultValue: 'en' as const, description: 'Which.' }) },
        resolve: ({ names }, args) => textIn(textsIn(names), args.language ?? 'en'),
      }),
      purpose: t.prismaField({
        type: 'Purpose',
        nullable: true,
        auth: { read: 'lawfulness.purposes' },
        description: 'Whoever is or was processed for it; null: everybody.',
        resolve: (query, { purposeKey }, _args, { database }) =>
          purposeKey === null ? null : database.purpose.findUnique({ ...query, where: { key: purposeKey } }),
      }),
      ground: t.expose('ground', {
        type: legalGroundType(builder),
        nullable: true,
        description: 'And on this ground; null: on any.',
      }),
      tags: t.exposeStringList('tags', { nullable: false, description: 'And who has one of these tags; empty: all.' }),
      retentionClass: t.prismaField({
        type: 'RetentionClass',
        nullable: true,
        auth: { read: 'lawfulness.purposes' },
        description: 'The class that says how long, from when, and by which law; null: that of the purpose.',
        resolve: (query, { retentionKey }, _args, { database }) =>
          retentionKey === null ? null : database.retentionClass.findUnique({ ...query, where: { key: retentionKey } }),
      }),
      action: t.field({
        type: action,
        nullable: true,
        description: 'What is done.',
        resolve: ({ action: its }) => (isRuleAction(its) ? its : null),
      }),
      categories: t.exposeStringList('categories', {
        nullable: false,
        description: 'Only these categories of their data; empty: the whole contact.',
      }),
      approvals: t.int({
        nullable: false,
        description: 'How many users agreed that it erases by itself.',
        resolve: ({ approverIds }) => approverIds.length,
      }),
      approvalsNeeded: t.int({
        nullable: false,
        description: 'How many have to, besides whoever made or changed it; until then, it proposes.',
        resolve: ({ action: its }, _args, { erasure }) => (erasesByItself(its) ? (erasure?.approvals ?? 0) : 0),
      }),
      retiredAt: t.expose('retiredAt', {
        type: 'DateTime',
        nullable: true,
        description: 'Since when it isn’t applied.',
      }),
      createdAt: t.expose('createdAt', { type: 'DateTime', nullable: false, description: 'When it was made.' }),
      version: t.exposeInt('version', { nullable: false, description: 'Counts its changes.' }),
    }),
  })
}

function addInput(builder: Builder, action: Action) {
  return builder.inputType('RetentionRuleInput', {
    description: 'Whom a rule is about, how long they are kept, and what is done then.',
    auth,
    fields: (t) => ({
      purpose: t.string({
        description: 'The key of a purpose: whoever is or was processed for it. Absent: everybody.',
      }),
      ground: t.field({ type: legalGroundType(builder), description: 'And on this ground. Absent: on any.' }),
      tags: t.stringList({ description: 'And who has one of these tags. Absent: whatever they have.' }),
      retentionClass: t.string({
        description:
          'The key of the retention class that says how long, from when, and by which law. Absent: that of the purpose.',
      }),
      action: t.field({ type: action, required: true, description: 'What is done.' }),
      categories: t.stringList({
        description:
          'Only these categories of their data, as the report on a person calls them: due when the rule’s own period is over and no ground ' +
          'holds that it names, whatever else keeps the contact; and again whenever the period has passed since. Absent: the whole contact.',
      }),
    }),
  })
}
