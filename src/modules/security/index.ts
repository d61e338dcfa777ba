import type { SecurityCheck } from '#prisma/client.ts'
import type { AuditedRow } from '../../database/audited.ts'
import { defineModule } from '../module.ts'
import { recordCheck } from './record-check.ts'
import { review } from './review.ts'
import { addReviewTypes } from './types.ts'

/** Whether the measures of security are in force, and when somebody last looked (Art. 32(1)(d) GDPR). */
export const security = defineModule({
  name: 'security',
  needs: ['identity', 'audit'],
  rights: {
    'security.review': 'The review of security: see how the measures are doing, and record that one was checked.',
  },
  personalData: 'none',
  audited: {
    SecurityCheck: ({ id, measure, note, userId }: SecurityCheck): AuditedRow => ({
      entity: 'SecurityCheck',
      entityId: id,
      values: { measure, ...(note && { note }), user: userId },
    }),
  },
  schema(builder) {
    const { measure, measureKey, check } = addReviewTypes(builder)
    const language = builder.enumType('ReviewLanguage', {
      description: 'The languages of the review.',
      values: { DE: { value: 'de', description: 'German.' }, EN: { value: 'en', description: 'English.' } } as const,
    })
    builder.queryField('securityReview', (t) =>
      t.field({
        type: [measure],
        nullable: true,
        auth: { read: 'security.review' },
        description:
          'The measures of security that are in force, how each is doing at this moment, and when somebody last looked ' +
          'whether it works: for the regular test that Art. 32(1)(d) GDPR asks for.',
        args: { language: t.arg({ type: language, defaultValue: 'en', description: 'The language of all texts.' }) },
        readLog: () => ({}),
        resolve: (_root, { language: chosen }, context) => review(context, chosen ?? 'en'),
      }),
    )
    builder.mutationField('recordSecurityCheck', (t) =>
      t.field({
        type: check,
        nullable: true,
        auth: { read: 'security.review', write: 'security.review' },
        description: 'Writes down that you looked whether a measure is in force and works. For users, not for clients.',
        args: {
          measure: t.arg({ type: measureKey, required: true, description: 'Which measure.' }),
          note: t.arg.string({ description: 'What you found.' }),
        },
        resolve: (_root, { measure: key, note }, context) => recordCheck(context, key, note ?? ''),
      }),
    )
  },
})
