import type { Builder, InputFields } from '../../../graphql/builder.ts'
import { addFieldInputs } from '../../fields/inputs.ts'
import { evidenceTypes } from '../../lawfulness/basis/evidence-types.ts'

/** The inputs of the mutations by which consent is given, refused and withdrawn. */
export function addConsentInputs(builder: Builder) {
  const fields = addFieldInputs(builder)
  const { input: evidence } = evidenceTypes(builder)
  const asking = { write: 'consent.consents' }
  const person = builder.inputType('PersonInput', {
    description: 'The person whom it is about. Nobody is told whether there is a contact of theirs.',
    auth: 'public',
    isOneOf: true,
    fields: (t) => ({
      email: t.string({ auth: asking, description: 'By their e-mail address.' }),
      token: t.string({ description: 'By the token that `giveConsent` answered, which the same visitor keeps.' }),
      contactId: t.id({ auth: { write: 'lawfulness.basis' }, description: 'For staff: by the contact.' }),
    }),
  })
  const shown = builder.inputType('NoticeShownInput', {
    description: 'The text that the person was shown.',
    auth: 'public',
    fields: (t) => ({
      version: t.int({ required: true, description: 'Its version: the current one, or one that still counts.' }),
      language: t.string({ required: true, description: 'BCP 47, as the notice says it: `de`.' }),
    }),
  })
  const choice = builder.inputType('PurposeChoiceInput', {
    description: 'A purpose that the person decided on.',
    auth: 'public',
    fields: (t) => ({
      purpose: t.string({
        required: true,
        description: 'The key of the purpose. A client needs the scope `consent.purpose.<key>`.',
      }),
      notice: t.field({ type: shown, description: 'What they were shown; needed where the purpose has a notice.' }),
    }),
  })
  const common = (t: InputFields) => ({
    idempotencyKey: t.string({
      required: true,
      description:
        'One a call, 1 to 200 characters, such as a UUID: the same key with the same call gets the same answer and has one effect, for two days. ' +
        'Each client has its own. With another call it is `IDEMPOTENCY_KEY_REUSED`.',
    }),
  })
  const page = (t: InputFields) =>
    t.string({
      description:
        'The address of the page where it happened; of browsers, of an origin of the client. Its query is not kept.',
    })
  const language = (t: InputFields) => t.string({ description: 'Of the mail: `de` or `en`, which is the default.' })
  const proof = (t: InputFields) =>
    t.string({ description: 'For pages of clients that ask for it: see `consentChallenge`.' })

  const give = builder.inputType('GiveConsentInput', {
    description: 'What a person consents to.',
    auth: 'public',
    fields: (t) => ({
      ...common(t),
      person: t.field({ type: person, required: true, description: 'By `email`, or for staff by `contactId`.' }),
      purposes: t.field({ type: [choice], required: true, description: 'Each is decided on its own. At most 50.' }),
      fields: t.field({
        type: [fields.field],
        description:
          'Custom fields, as far as scopes name them (`fields.<key>`) and definitions let partners fill them.',
      }),
      givenName: t.string({ description: 'Of a new contact, or of one without a name.' }),
      familyName: t.string({ description: 'Of a new contact, or of one without a name.' }),
      language: language(t),
      page: page(t),
      evidence: t.field({
        type: evidence,
        auth: { write: 'consent.attest' },
        description:
          'For servers with the scope `consent.attest`, and staff: what proves that the person acted. Then it holds at once, without a mail.',
      }),
      honeypot: t.string({
        description:
          'A field of the form that people don’t see: whoever fills it in is a program, and nothing happens.',
      }),
      proofOfWork: proof(t),
    }),
  })
  const confirm = builder.inputType('ConfirmConsentInput', {
    description: 'What a person confirms.',
    auth: 'public',
    fields: (t) => ({
      ...common(t),
      token: t.string({ required: true, description: 'Of the link in the mail.' }),
      purposes: t.stringList({ description: 'Those that they consent to; all others are refused. Left out: all.' }),
    }),
  })
  const withdraw = builder.inputType('WithdrawConsentInput', {
    description: 'What a person does not consent to any more.',
    auth: 'public',
    fields: (t) => ({
      ...common(t),
      person: t.field({ type: person, required: true, description: 'Whom it is about.' }),
      purposes: t.stringList({
        required: true,
        description: 'The keys of the purposes. All their parts are meant, too.',
      }),
      at: t.field({ type: 'DateTime', description: 'When it happened; now, unless said otherwise.' }),
      source: t.string({
        description: 'Where it comes from: `call centre`. The client and its page, unless said otherwise.',
      }),
      evidence: t.field({ type: evidence, description: 'What proves it.' }),
      page: page(t),
      language: language(t),
      proofOfWork: proof(t),
    }),
  })
  const refuse = builder.inputType('RefuseConsentInput', {
    description: 'What a person was asked for and does not consent to.',
    auth: 'public',
    fields: (t) => ({
      ...common(t),
      person: t.field({ type: person, required: true, description: 'From a page, by `token`.' }),
      purposes: t.field({ type: [choice], required: true, description: 'The purposes.' }),
      page: page(t),
    }),
  })
  const own = builder.inputType('UpdateOwnFieldsInput', {
    description: 'What a person says of themself.',
    auth: asking,
    fields: (t) => ({
      ...common(t),
      person: t.field({ type: person, required: true, description: 'By `token`, or for servers by `email`.' }),
      fields: t.field({
        type: [fields.field],
        required: true,
        description: 'Custom fields, under the same conditions as in `giveConsent`.',
      }),
    }),
  })
  return { give, confirm, withdraw, refuse, own }
}

/** The inputs, for what takes them. */
export type ConsentInputs = ReturnType<typeof addConsentInputs>
