import { encodeGlobalID } from '@pothos/plugin-relay'
import type { Json, JsonObject } from '../../database/json.ts'
import { notFound } from '../../graphql/errors.ts'
import type {
  ActionDeclaration,
  ActionWork,
  EventDeclaration,
  FactDeclaration,
  FactWork,
  ValueType,
} from '../automation/contract.ts'
import { describeContact } from './audited.ts'
import { type ContactField, type ContactFieldName, contactFieldList, contactFields } from './fields.ts'
import { pointKindList } from './points.ts'
import { readSeen } from './update.ts'

// What rules hear of contacts, may ask about them, and can do to them.

const types: Readonly<Record<ContactField['type'], ValueType>> = {
  text: 'string',
  date: 'date',
  timestamp: 'timestamp',
  tags: 'list<string>',
}

const data = Object.fromEntries(contactFieldList.map(({ name, type }) => [name, types[type]]))

const importing = 'importContacts'

export const contactEvents: Readonly<Record<string, EventDeclaration>> = {
  'contacts.created': {
    description: 'A contact was entered.',
    right: 'contacts.contact',
    entries: [{ entity: 'Contact', action: 'created' }],
    where: ({ operation }) => operation !== importing,
    data,
  },
  'contacts.imported': {
    description: 'A contact came by an import.',
    right: 'contacts.contact',
    entries: [{ entity: 'Contact', action: 'created' }],
    where: ({ operation }) => operation === importing,
    data,
  },
  'contacts.changed': {
    description:
      'Fields of a contact changed, or one of its ways to be reached: `event.changed` names the fields. What changed in one ' +
      'operation is one event for the contact itself and one for each way to reach it; only what the rule may read is one.',
    right: 'contacts.contact',
    entries: [
      { entity: 'Contact', action: 'updated' },
      ...pointKindList.flatMap(({ type: entity }) =>
        (['created', 'updated', 'removed'] as const).map((action) => ({ entity, action })),
      ),
    ],
    // The ways to reach a new contact are a part of its making. What is merged away doesn't change: it is not there any more.
    where: ({ isNew, changes }) => !isNew && !('mergedInto' in changes),
    data: {},
  },
}

export const contactFacts: Readonly<Record<string, FactDeclaration>> = {
  contact: {
    description: 'The contact, as it is when the rule runs.',
    fields: {
      ...Object.fromEntries(contactFieldList.map(({ name, type, right }) => [name, { type: types[type], right }])),
      ...Object.fromEntries(pointKindList.map(({ field, right }) => [field, { type: 'list<string>' as const, right }])),
    },
    read: readFacts,
  },
}

async function readFacts({ tx, context, contactId }: FactWork): Promise<JsonObject> {
  const found = await readSeen(tx, context, contactId)
  if (!found) throw notFound('Contact')
  const { contact, points } = found
  return {
    ...describeContact(contact).values,
    createdAt: contact.createdAt.toISOString(),
    updatedAt: contact.updatedAt.toISOString(),
    ...Object.fromEntries(
      pointKindList.map(({ kind, field }) => [
        field,
        points.filter((point) => point.kind === kind).map(({ value }) => value),
      ]),
    ),
  }
}

const settable = contactFieldList.filter(
  ({ name, type }) => !['createdAt', 'updatedAt'].includes(name) && type !== 'tags',
)

export const contactActions: Readonly<Record<string, ActionDeclaration>> = {
  'contacts.setField': {
    description: 'Sets a field of the contact, as `updateContact` does.',
    parameters: {
      field: { type: 'string', description: `One of ${settable.map(({ name }) => name).join(', ')}; written out.` },
      value: { type: 'any', description: 'The new value: text, a day as `YYYY-MM-DD`, a time; null empties it.' },
    },
    writes: ({ field }) => ['contacts.contact', ...(isSettable(field) ? [contactFields[field].right] : [])],
    check: ({ field }) =>
      isSettable(field)
        ? []
        : [{ field: 'field', message: `Write one of these: ${settable.map(({ name }) => `"${name}"`).join(', ')}.` }],
    run: (work, { field, value = null }) => updateContact(work, { [String(field)]: value }),
  },
  'contacts.addTag': {
    description: 'Gives the contact a tag, unless it has it.',
    parameters: { tag: { type: 'string', description: 'The tag.' } },
    writes: () => ['contacts.contact', 'contacts.tags'],
    run: async (work, { tag = '' }) => {
      const tags = await tagsOf(work)
      if (!tags.includes(String(tag))) await updateContact(work, { tags: [...tags, tag] })
    },
  },
  'contacts.removeTag': {
    description: 'Takes a tag from the contact.',
    parameters: { tag: { type: 'string', description: 'The tag.' } },
    writes: () => ['contacts.contact', 'contacts.tags'],
    run: async (work, { tag = '' }) => {
      const tags = await tagsOf(work)
      if (tags.includes(String(tag))) await updateContact(work, { tags: tags.filter((one) => one !== tag) })
    },
  },
}

const isSettable = (field: Json | undefined): field is ContactFieldName => settable.some(({ name }) => name === field)

const tagsOf = async ({ tx, context, contactId }: ActionWork) => (await seen({ tx, context, contactId })).tags

/** Changes the contact by the mutation, in the version that this unit of work sees. */
export async function updateContact(work: ActionWork, changes: JsonObject): Promise<void> {
  const { id, version } = await seen(work)
  await work.mutate('mutation ($input: UpdateContactInput!) { updateContact(input: $input) { __typename } }', {
    input: { id: encodeGlobalID('Contact', id), version, ...changes },
  })
}

async function seen({ tx, context, contactId }: FactWork) {
  const found = await readSeen(tx, context, contactId)
  if (!found) throw notFound('Contact')
  return found.contact
}
