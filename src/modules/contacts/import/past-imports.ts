import type { Builder } from '../../../graphql/builder.ts'
import type { legalGroundType } from '../legal-ground.ts'

/** `Import` and `imports`: what became of past imports. */
export function addPastImports(builder: Builder, ground: ReturnType<typeof legalGroundType>): void {
  builder.prismaObject('Import', {
    description:
      'A past import: what it said about source and ground, and what came of it. Not for those who are bound to purposes: it ' +
      'tells of all contacts.',
    auth: { read: 'contacts.import' },
    about: 'all contacts',
    fields: (t) => ({
      id: t.exposeID('id', { nullable: false }),
      fileName: t.exposeString('fileName', { nullable: false, description: 'The name of the file.' }),
      format: t.exposeString('format', { nullable: false, description: '`vcard`, `csv` or `jsonl`.' }),
      source: t.exposeString('source', { nullable: false, description: 'Where the data came from.' }),
      sourceAt: t.expose('sourceAt', { type: 'DateTime', nullable: false, description: 'When it was obtained.' }),
      ground: t.field({
        type: ground,
        nullable: false,
        description: 'The legal ground to keep it.',
        resolve: (row) => row.ground,
      }),
      groundNote: t.exposeString('groundNote', { nullable: false, description: 'Why the ground holds.' }),
      created: t.exposeInt('created', { nullable: false, description: 'New contacts, so far.' }),
      changed: t.exposeInt('changed', {
        nullable: false,
        description: 'Known contacts that got something they lacked.',
      }),
      unchanged: t.exposeInt('unchanged', { nullable: false, description: 'Contacts known already.' }),
      rejected: t.exposeInt('rejected', { nullable: false, description: 'Rows with faults.' }),
      purpose: t.exposeString('purposeKey', {
        nullable: true,
        description: 'The key of the purpose that each contact got the ground for.',
      }),
      startedAt: t.expose('startedAt', { type: 'DateTime', nullable: false, description: 'When it began.' }),
      finishedAt: t.expose('finishedAt', { type: 'DateTime', nullable: true, description: 'Null: it was cut off.' }),
    }),
  })
  builder.queryField('imports', (t) =>
    t.prismaField({
      type: ['Import'],
      nullable: true,
      auth: { read: 'contacts.import' },
      description: 'The last 100 imports, the latest first.',
      resolve: (query, _root, _args, { database }) =>
        database.import.findMany({ ...query, orderBy: { id: 'desc' }, take: 100 }),
    }),
  )
}
