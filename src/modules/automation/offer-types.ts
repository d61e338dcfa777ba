import { type GraphQLSchema, isObjectType } from 'graphql'
import { effectiveAuth } from '../../graphql/auth/directive.ts'
import type { Builder } from '../../graphql/builder.ts'
import { eventFields } from './cel/expression.ts'
import type { EventDeclaration } from './contract.ts'
import type { AllOffers } from './offers.ts'

type Named = { name: string; description: string }
type Field = { name: string; type: string; description: string | null; right: string | null }

const auth = { read: 'automation.rules' }

/** Adds what rules can act on, ask about and do, as the modules offer it. */
export function addOfferTypes(builder: Builder, { events, facts, actions }: AllOffers) {
  const field = builder.objectRef<Field>('RuleField').implement({
    description: 'A field of a variable, or an argument of an action.',
    auth,
    fields: (t) => ({
      name: t.exposeString('name', { nullable: false, description: '`contact.emails`, say.' }),
      type: t.exposeString('type', {
        nullable: false,
        description:
          '`string`, `date` (text, `YYYY-MM-DD`), `bool`, `int`, `double`, `timestamp`, `list<string>` or `any`.',
      }),
      description: t.exposeString('description', { nullable: true, description: 'What it is.' }),
      right: t.exposeString('right', {
        nullable: true,
        description: 'What it takes to read it, if that is told here.',
      }),
    }),
  })
  const offer = builder.objectRef<Named & { fields: Field[] }>('RuleOffer').implement({
    description: 'An event, a variable or an action.',
    auth,
    fields: (t) => ({
      name: t.exposeString('name', { nullable: false, description: '`contacts.created`, say.' }),
      description: t.exposeString('description', { nullable: false, description: 'What it is.' }),
      fields: t.field({
        type: [field],
        nullable: false,
        description: 'Of an event the fields of `event.data`, of a variable its fields, of an action its arguments.',
        resolve: ({ fields }) => fields,
      }),
    }),
  })
  const list = <Offer extends { description: string }>(
    all: ReadonlyMap<string, Offer>,
    fieldsOf: (one: Offer, name: string) => Field[],
  ) => [...all].map(([name, one]) => ({ name, description: one.description, fields: fieldsOf(one, name) }))
  return builder.objectRef<AllOffers>('RuleOffers').implement({
    description: 'What modules offer to rules.',
    auth,
    fields: (t) => ({
      events: t.field({
        type: [offer],
        nullable: false,
        description: 'On what rules can act.',
        resolve: (_offers, _args, _context, { schema }) =>
          list(events, (event) =>
            Object.entries(event.data).map(([name, type]) => ({
              name,
              type,
              description: null,
              right: rightIn(schema, event, name),
            })),
          ),
      }),
      variables: t.field({
        type: [offer],
        nullable: false,
        description: 'What expressions can name.',
        resolve: () => [
          ...list(facts, ({ fields }, variable) =>
            fields === 'dynamic'
              ? []
              : Object.entries(fields).map(([name, { type, right }]) => ({
                  name: `${variable}.${name}`,
                  type,
                  description: null,
                  right,
                })),
          ),
          { name: 'event', description: 'What happened.', fields: eventVariables },
        ],
      }),
      actions: t.field({
        type: [offer],
        nullable: false,
        description: 'What rules can do.',
        resolve: () =>
          list(actions, ({ parameters }) =>
            Object.entries(parameters).map(([name, { type, description }]) => ({
              name,
              type,
              description,
              right: null,
            })),
          ),
      }),
    }),
  })
}

/** What it takes to read a field of an event: as of the type that its entries are about. */
function rightIn(schema: GraphQLSchema, { entries }: EventDeclaration, name: string): string | null {
  const type = entries[0] && schema.getType(entries[0].entity)
  const field = isObjectType(type) ? type.getFields()[name] : undefined
  return (field && effectiveAuth(field).read) ?? null
}

const eventVariables: Field[] = [
  ...Object.entries(eventFields).map(([name, { type, description }]) => ({ name, type, description })),
  { name: 'old', type: 'any', description: 'By field, the value before; only fields that the rule may read.' },
  { name: 'new', type: 'any', description: 'By field, the value after.' },
  { name: 'data', type: 'any', description: 'The fields that the event declares; typed if the rule has one event.' },
].map(({ name, type, description }) => ({ name: `event.${name}`, type, description, right: null }))
