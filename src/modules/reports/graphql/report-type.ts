import type { Json } from '../../../database/json.ts'
import type { Builder } from '../../../graphql/builder.ts'
import type { Context } from '../../../graphql/context.ts'
import { deniedCustom } from '../definition/custom.ts'
import { type Definition, definitionOf, savedForm } from '../definition/definition.ts'
import { deniedIn } from '../definition/filter.ts'
import { reportsRight } from '../rights.ts'
import { userOf } from '../saved/find.ts'
import type { Listed } from '../saved/listed.ts'
import { sourceOf } from '../sources/index.ts'
import type { ReportTypes } from './types.ts'

/** The reference to the type Report. */
export type ReportType = ReturnType<typeof addReportType>

/** `Report`: what is known of one, whether or not it is run. */
export function addReportType(builder: Builder, { languageArgument, source }: ReportTypes) {
  return builder.objectRef<Listed>('Report').implement({
    description: 'A report: what to show, for whoever runs it as they may see it.',
    auth: { read: reportsRight },
    fields: (t) => ({
      id: t.id({
        nullable: true,
        description: 'Of a saved one; null: every installation has it.',
        resolve: (one) => ('saved' in one ? one.saved.id : null),
      }),
      key: t.string({
        nullable: true,
        description: 'Of one that every installation has; null: somebody made it.',
        resolve: (one) => ('readyMade' in one ? one.readyMade.key : null),
      }),
      name: t.string({
        nullable: false,
        description: 'What it is called.',
        args: { language: t.arg(languageArgument) },
        resolve: (one, { language }) => ('saved' in one ? one.saved.name : one.readyMade.name[language ?? 'en']),
      }),
      description: t.string({
        nullable: true,
        description: 'What it shows, and what for.',
        args: { language: t.arg(languageArgument) },
        resolve: (one, { language }) =>
          'saved' in one ? one.saved.description || null : one.readyMade.description[language ?? 'en'],
      }),
      source: t.field({
        type: source,
        nullable: false,
        description: 'What it is about.',
        resolve: (one) => sourceOf(definitionIn(one).source),
      }),
      definition: t.field({
        type: 'JSON',
        nullable: true,
        description:
          'What it shows: `{ source, columns, filter, groupBy, orderBy, parameters }`. Null if it filters by what you may not read.',
        resolve: (one, _args, context) => shownDefinition(context, definitionIn(one)),
      }),
      own: t.boolean({
        nullable: false,
        description: 'Whether you made it.',
        resolve: (one, _args, context) => 'saved' in one && one.saved.ownerId === userOf(context),
      }),
      owner: t.prismaField({
        type: 'User',
        nullable: true,
        auth: { read: 'identity.users' },
        description: 'Who made it; null: every installation has it.',
        resolve: (query, one, _args, { database }) =>
          'saved' in one ? database.user.findUnique({ ...query, where: { id: one.saved.ownerId } }) : null,
      }),
      sharedWith: t.prismaField({
        type: ['Role'],
        nullable: true,
        auth: { read: 'identity.roles' },
        description: 'The roles whose holders may run it, too.',
        resolve: (query, one, _args, { database }) =>
          'saved' in one
            ? database.role.findMany({
                ...query,
                where: { id: { in: one.saved.sharedWith } },
                orderBy: { name: 'asc' },
              })
            : [],
      }),
      version: t.int({
        nullable: true,
        description: 'Counts its changes: `updateReport` wants the version that you read.',
        resolve: (one) => ('saved' in one ? one.saved.version : null),
      }),
      updatedAt: t.field({
        type: 'DateTime',
        nullable: true,
        description: 'When it was last changed.',
        resolve: (one) => ('saved' in one ? one.saved.updatedAt : null),
      }),
    }),
  })
}

const definitionIn = (one: Listed): Definition =>
  'saved' in one ? definitionOf(one.saved.definition) : one.readyMade.definition

/** A definition tells by which values somebody looks for persons. */
function shownDefinition(context: Context, definition: Definition): Json {
  const { filter } = definition
  const hidden =
    filter !== null && (deniedIn(filter, context.rights).length > 0 || deniedCustom(filter, context).length > 0)
  return hidden ? null : savedForm(definition)
}
