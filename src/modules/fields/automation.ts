import type { Json, JsonObject } from '../../database/json.ts'
import { invalidInput } from '../../graphql/errors.ts'
import type { ActionDeclaration, ActionWork, FactDeclaration, FactWork } from '../automation/contract.ts'
import { updateContact } from '../contacts/automation.ts'
import { readSeen } from '../contacts/update.ts'
import { changeOf } from './convert.ts'
import { isFieldKey } from './definition.ts'
import { currentDefinitions, definitionsOf } from './definitions.ts'
import { fieldKinds } from './kinds.ts'
import { mayRead, rightOfField } from './rights.ts'
import { isFile, isSealed, storedFields } from './values.ts'

// What rules may ask about custom fields, and that they set them. A change of one is `contacts.changed`, under the name
// `customFields.<key>`.

export const fieldFacts: Readonly<Record<string, FactDeclaration>> = {
  fields: {
    description:
      'The custom fields of the contact by key, as far as it has them and the rule may read them, `fields.<key>`: decimals as numbers, ' +
      'money as `{amount, currency}`, days and moments as text. Sensitive ones and files are not among them.',
    fields: 'dynamic',
    read: readFacts,
  },
}

async function readFacts({ tx, context, contactId }: FactWork): Promise<JsonObject> {
  const found = await readSeen(tx, context, contactId)
  const stored = storedFields(found?.contact.customFields)
  const { all } = await definitionsOf(context)
  return Object.fromEntries(
    all.flatMap((definition) => {
      const value = stored[definition.key]
      if (
        value === undefined ||
        isSealed(value) ||
        isFile(value) ||
        changeOf(definition) ||
        !mayRead(context, definition)
      )
        return []
      const known = definition.kind === 'decimal' ? Number(value) : value
      const money = typeof known === 'object' && 'amount' in known
      return [[definition.key, money ? { ...known, amount: Number(known.amount) } : known] as const]
    }),
  )
}

export const fieldActions: Readonly<Record<string, ActionDeclaration>> = {
  'fields.set': {
    description: 'Sets a custom field of the contact, as `updateContact` does.',
    parameters: {
      key: { type: 'string', description: 'The key of the field; written out.' },
      value: {
        type: 'any',
        description:
          'The new value: text, a number, true or false, a day as `YYYY-MM-DD`, a moment, a list of choices, `{"amount": …, ' +
          '"currency": …}`; null empties it.',
      },
    },
    writes: ({ key }) => ['contacts.contact', ...(typeof key === 'string' ? [rightOfField(key)] : [])],
    check: ({ key }) =>
      typeof key === 'string' && isFieldKey(key)
        ? []
        : [{ field: 'key', message: 'Write the key of a field out, in quotes.' }],
    before: async (tx) => void (await currentDefinitions(tx)),
    run: setField,
  },
}

async function setField(work: ActionWork, { key, value = null }: Readonly<Record<string, Json>>): Promise<void> {
  const definition = (await definitionsOf(work.context)).get(String(key))
  if (!definition) throw invalidInput([{ field: 'key', message: 'There is no custom field with this key.' }])
  const { member } = fieldKinds[definition.kind]
  const given = value === null ? null : { [member]: member === 'text' && value !== null ? String(value) : value }
  await updateContact(work, { customFields: [{ key: definition.key, value: given }] })
}
