import type { Builder } from '../../../graphql/builder.ts'
import type { Module } from '../../module.ts'
import { type CategoryOverview, mostCounted, type NewestRecord, overviewOf } from './overview.ts'

/** `Contact.overview`, of the categories that the modules declare. */
export function addOverview(builder: Builder, modules: readonly Module[]): void {
  const parts = modules.flatMap(({ overview }) => overview ?? [])
  if (parts.length === 0) return
  const auth = { read: 'contacts.contact' }
  const category = builder.enumType('OverviewCategory', {
    description: 'A category of records about contacts.',
    values: Object.fromEntries(
      parts.map((part) => [
        enumName(part.category),
        { value: part.category, description: `${part.description} It takes the right to read "${part.right}".` },
      ]),
    ),
  })
  const newest = builder.objectRef<NewestRecord>('OverviewRecord').implement({
    description: 'The newest record of a category.',
    auth,
    fields: (t) => ({
      id: t.exposeID('id', { nullable: false, description: 'As in the list of that category.' }),
      at: t.expose('at', { type: 'DateTime', nullable: false, description: 'When it is of.' }),
      kind: t.exposeString('kind', { nullable: true, description: 'Of what kind it is, or how far.' }),
      title: t.exposeString('title', {
        nullable: true,
        description: 'What it is called. Null where it has no title, or you may not read that.',
      }),
    }),
  })
  const overview = builder.objectRef<CategoryOverview>('CategoryOverview').implement({
    description: 'What there is of one category about a contact.',
    auth,
    fields: (t) => ({
      category: t.expose('category', { type: category, nullable: false, description: 'What is counted.' }),
      count: t.exposeInt('count', {
        nullable: false,
        description: `How many there are; of more than ${mostCounted.toLocaleString('en')} it says so many.`,
      }),
      newest: t.expose('newest', { type: newest, nullable: true, description: 'Null: there is none.' }),
    }),
  })
  builder.prismaObjectField('Contact', 'overview', (t) =>
    t.field({
      type: [overview],
      nullable: true,
      description:
        'What else is kept about the contact, by category: of those that you may read, or that you name of these.',
      args: { categories: t.arg({ type: [category], description: 'Only these: what isn’t asked for costs nothing.' }) },
      resolve: ({ id }, { categories }, context) =>
        Promise.all(
          parts
            .filter((part) => context.rights.canRead(part.right))
            .filter((part) => !categories || categories.includes(part.category))
            .map((part) => overviewOf(context, part, id)),
        ),
    }),
  )
}

const enumName = (category: string) => category.replace(/[A-Z]/g, (letter) => `_${letter}`).toUpperCase()
