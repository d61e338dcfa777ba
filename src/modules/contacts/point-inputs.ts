import type { Builder, InputFields } from '../../graphql/builder.ts'
import { pointKinds } from './points.ts'

/** For each kind of contact point an input to add one (`EmailAddressInput`) and one to change it (`EmailAddressUpdate`). */
export function addPointInputs(builder: Builder) {
  const auth = (kind: keyof typeof pointKinds) => ({ write: pointKinds[kind].right })
  const adding = (kind: keyof typeof pointKinds) => ({ description: 'One to add.', auth: auth(kind) })
  const changing = (kind: keyof typeof pointKinds) => ({
    description: 'One to change. What is left out stays as it is.',
    auth: auth(kind),
  })
  return {
    email: {
      add: builder.inputType('EmailAddressInput', {
        ...adding('email'),
        fields: (t) => ({ address: t.string({ required: true }), ...addFields(t) }),
      }),
      change: builder.inputType('EmailAddressUpdate', {
        ...changing('email'),
        fields: (t) => ({ address: t.string(), ...changeFields(t) }),
      }),
    },
    phone: {
      add: builder.inputType('PhoneNumberInput', {
        ...adding('phone'),
        fields: (t) => ({
          number: t.string({
            required: true,
            description: 'With `+49` or the like, or as dialled in the server’s country.',
          }),
          ...addFields(t),
        }),
      }),
      change: builder.inputType('PhoneNumberUpdate', {
        ...changing('phone'),
        fields: (t) => ({ number: t.string(), ...changeFields(t) }),
      }),
    },
    address: {
      add: builder.inputType('PostalAddressInput', {
        ...adding('address'),
        fields: (t) => ({ ...addressFields(t), ...addFields(t) }),
      }),
      change: builder.inputType('PostalAddressUpdate', {
        ...changing('address'),
        fields: (t) => ({ ...addressFields(t), ...changeFields(t) }),
      }),
    },
    website: {
      add: builder.inputType('WebsiteInput', {
        ...adding('website'),
        fields: (t) => ({ url: t.string({ required: true }), ...addFields(t) }),
      }),
      change: builder.inputType('WebsiteUpdate', {
        ...changing('website'),
        fields: (t) => ({ url: t.string(), ...changeFields(t) }),
      }),
    },
    messenger: {
      add: builder.inputType('MessengerInput', {
        ...adding('messenger'),
        fields: (t) => ({
          service: t.string({ required: true, description: '`signal`, `matrix` …' }),
          handle: t.string({ required: true }),
          ...addFields(t),
        }),
      }),
      change: builder.inputType('MessengerUpdate', {
        ...changing('messenger'),
        fields: (t) => ({ service: t.string(), handle: t.string(), ...changeFields(t) }),
      }),
    },
  }
}

const addressFields = (t: InputFields) => ({
  street: t.string({ description: 'Street and number; may have several lines.' }),
  postalCode: t.string(),
  city: t.string(),
  region: t.string({ description: 'State or region.' }),
  country: t.string({ description: 'ISO 3166-1 alpha-2 (`DE`), or a name in English or German.' }),
})

const addFields = (t: InputFields) => ({
  label: t.string({ description: '`work`, `home` …' }),
  primary: t.boolean({ description: 'The one to use first. Without any, the first one is.' }),
})

const changeFields = (t: InputFields) => ({
  id: t.id({ required: true, description: 'Its `id`.' }),
  label: t.string(),
  primary: t.boolean({ description: 'True makes it the one to use first.' }),
  verifiedAt: t.field({
    type: 'DateTime',
    description:
      'When it was confirmed that it belongs to the contact. What changes is unconfirmed again, unless this says otherwise.',
  }),
})
