import type { Builder, InputFields } from '../../graphql/builder.ts'
import { addFieldInputs } from '../fields/inputs.ts'
import { type ContactFieldName, contactFields } from './fields.ts'
import { addPointInputs } from './point-inputs.ts'
import { pointKinds } from './points.ts'

/** The input types of `createContact` and `updateContact`: each field under the right to write what it sets. */
export function addContactInputs(builder: Builder) {
  const points = addPointInputs(builder)
  const custom = addFieldInputs(builder)

  const create = builder.inputType('CreateContactInput', {
    description: 'A new contact: at least a name, an organisation or one contact point.',
    auth: { write: 'contacts.contact' },
    fields: (t) => ({
      ...columnFields(t),
      emails: t.field({ type: [points.email.add], auth: writing('email') }),
      phones: t.field({ type: [points.phone.add], auth: writing('phone') }),
      addresses: t.field({ type: [points.address.add], auth: writing('address') }),
      websites: t.field({ type: [points.website.add], auth: writing('website') }),
      messengers: t.field({ type: [points.messenger.add], auth: writing('messenger') }),
      customFields: t.field({ type: [custom.field], description: 'Custom fields, each under the right of its own.' }),
    }),
  })

  const update = builder.inputType('UpdateContactInput', {
    description: 'What to change. Fields that are left out stay as they are; `null` empties.',
    auth: { write: 'contacts.contact' },
    fields: (t) => ({
      id: t.id({ required: true, description: 'The contact.' }),
      version: t.int({
        required: true,
        description: 'The version that you read. If somebody changed it since: `CONFLICT`.',
      }),
      ...columnFields(t),
      addEmails: t.field({ type: [points.email.add], auth: writing('email') }),
      updateEmails: t.field({ type: [points.email.change], auth: writing('email') }),
      removeEmails: t.idList({ auth: writing('email'), description: 'The `id`s of those to take away.' }),
      addPhones: t.field({ type: [points.phone.add], auth: writing('phone') }),
      updatePhones: t.field({ type: [points.phone.change], auth: writing('phone') }),
      removePhones: t.idList({ auth: writing('phone') }),
      addAddresses: t.field({ type: [points.address.add], auth: writing('address') }),
      updateAddresses: t.field({ type: [points.address.change], auth: writing('address') }),
      removeAddresses: t.idList({ auth: writing('address') }),
      addWebsites: t.field({ type: [points.website.add], auth: writing('website') }),
      updateWebsites: t.field({ type: [points.website.change], auth: writing('website') }),
      removeWebsites: t.idList({ auth: writing('website') }),
      addMessengers: t.field({ type: [points.messenger.add], auth: writing('messenger') }),
      updateMessengers: t.field({ type: [points.messenger.change], auth: writing('messenger') }),
      removeMessengers: t.idList({ auth: writing('messenger') }),
      customFields: t.field({ type: [custom.field], description: 'Custom fields to change. Others stay as they are.' }),
    }),
  })
  return { create, update }
}

const writing = (kind: keyof typeof pointKinds) => ({ write: pointKinds[kind].right })

const columnFields = (t: InputFields) => {
  const auth = (name: ContactFieldName) => ({ write: contactFields[name].right })
  return {
    title: t.string({ auth: auth('title'), description: 'Academic or other title: `Dr.`' }),
    givenName: t.string({ auth: auth('givenName') }),
    familyName: t.string({ auth: auth('familyName') }),
    displayName: t.string({ auth: auth('displayName'), description: 'Made from the other names, unless set.' }),
    organisation: t.string({ auth: auth('organisation') }),
    jobTitle: t.string({ auth: auth('jobTitle') }),
    birthDate: t.field({ type: 'Date', auth: auth('birthDate'), description: '`YYYY-MM-DD`' }),
    language: t.string({ auth: auth('language'), description: 'BCP 47: `de`, `en-GB`.' }),
    timeZone: t.string({ auth: auth('timeZone'), description: 'IANA: `Europe/Berlin`.' }),
    tags: t.stringList({
      auth: auth('tags'),
      description: 'Words to sort contacts by. In an update all of them, not only new ones.',
    }),
    source: t.string({ auth: auth('source'), description: 'Where the data came from (Art. 14(2)(f) GDPR).' }),
    sourceAt: t.field({ type: 'DateTime', auth: auth('sourceAt'), description: 'When it was obtained.' }),
  }
}
