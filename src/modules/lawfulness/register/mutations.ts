import type { Builder, InputFields } from '../../../graphql/builder.ts'
import { legalGroundType } from '../../contacts/legal-ground.ts'
import type { TextTypes } from '../texts.ts'
import { createPurpose, retirePurpose, updatePurpose } from './change-purposes.ts'
import { createRetentionClass, retireRetentionClass, updateRetentionClass } from './change-retention.ts'
import { publishNotice } from './notices.ts'
import type { RegisterTypes } from './types.ts'

const auth = { read: 'lawfulness.purposes', write: 'lawfulness.purposes' }

/** Making, changing and retiring purposes and retention classes, and publishing notices. */
export function addRegisterMutations(builder: Builder, types: RegisterTypes, texts: TextTypes): void {
  addPurposeMutations(builder, types, texts)
  addRetentionMutations(builder, types, texts)
}

function addPurposeMutations(builder: Builder, { purpose, notice }: RegisterTypes, { input: text }: TextTypes) {
  const write = { write: 'lawfulness.purposes' }
  const common = (t: InputFields) => ({
    descriptions: t.field({ type: [text], description: 'What is done, with what, and why.' }),
    specialCategories: t.boolean({ description: 'It processes special categories (Art. 9 GDPR).' }),
    defaultValidity: t.string({
      description: 'How long a basis holds unless it says otherwise: `P2Y`; empty: without end.',
    }),
    dataSubjects: t.stringList({ description: 'Whose data: `customers`.' }),
    dataCategories: t.stringList({ description: 'Which data: `contact details`.' }),
    recipients: t.stringList({ description: 'Who gets it, by name where they are known.' }),
    transfers: t.stringList({ description: 'Third countries, and what safeguards the data there.' }),
    retentionClass: t.string({ description: 'The key of a retention class.' }),
  })
  const names = 'Its name for people, in one language at least.'
  const grounds = 'The grounds of Art. 6(1) GDPR that it may rest on.'
  const create = builder.inputType('CreatePurposeInput', {
    description: 'A purpose to be.',
    auth: write,
    fields: (t) => ({
      key: t.string({ required: true, description: 'Its name for programs, such as `newsletter`; unique, for good.' }),
      parent: t.string({ description: 'The key of the purpose that it is part of; for good.' }),
      directMarketing: t.boolean({ description: 'It is direct marketing (Art. 21(2) GDPR); for good.' }),
      names: t.field({ type: [text], required: true, description: names }),
      grounds: t.field({ type: [legalGroundType(builder)], required: true, description: grounds }),
      ...common(t),
    }),
  })
  const update = builder.inputType('UpdatePurposeInput', {
    description: 'What to change about a purpose. What is absent stays; lists come in place of those that it has.',
    auth: write,
    fields: (t) => ({
      names: t.field({ type: [text], description: names }),
      grounds: t.field({ type: [legalGroundType(builder)], description: grounds }),
      ...common(t),
    }),
  })
  builder.mutationFields((t) => {
    const key = t.arg.string({ required: true, description: 'The purpose.' })
    return {
      createPurpose: t.field({
        type: purpose,
        nullable: true,
        auth,
        description: 'Enters a purpose into the register. Faults come as `INVALID_INPUT`, each with its field.',
        args: { input: t.arg({ type: create, required: true }) },
        resolve: (_root, { input }, context) => createPurpose(context, input),
      }),
      updatePurpose: t.field({
        type: purpose,
        nullable: true,
        auth,
        description:
          'Changes a purpose. Which grounds it may rest on, and whether it needs those of Art. 9, decides from now on over every contact.',
        args: { key, input: t.arg({ type: update, required: true }) },
        resolve: (_root, { key: which, input }, context) => updatePurpose(context, which, input),
      }),
      retirePurpose: t.field({
        type: purpose,
        nullable: true,
        auth,
        description: 'Ends a purpose, for good: nobody may be processed for it any more. What was recorded stays.',
        args: { key },
        resolve: (_root, { key: which }, context) => retirePurpose(context, which),
      }),
      publishNotice: t.field({
        type: [notice],
        nullable: true,
        auth,
        description: 'Publishes the next version of what persons are told about a purpose, in one or more languages.',
        args: { purpose: key, texts: t.arg({ type: [text], required: true, description: 'One a language.' }) },
        resolve: (_root, { purpose: which, texts }, context) => publishNotice(context, which, texts),
      }),
    }
  })
}

function addRetentionMutations(
  builder: Builder,
  { retention, start, action }: RegisterTypes,
  { input: text }: TextTypes,
) {
  const create = builder.inputType('CreateRetentionClassInput', {
    description: 'A retention class to be.',
    auth: { write: 'lawfulness.purposes' },
    fields: (t) => ({
      key: t.string({ required: true, description: 'Its name for programs, such as `invoices`; unique, for good.' }),
      names: t.field({ type: [text], required: true, description: 'Its name for people.' }),
      period: t.string({ required: true, description: 'ISO 8601 duration: `P6Y`.' }),
      start: t.field({ type: start, required: true, description: 'From when it counts.' }),
      citation: t.string({ description: 'The law that says so: `§ 147 AO`.' }),
      action: t.field({ type: action, required: true, description: 'What happens then.' }),
    }),
  })
  const update = builder.inputType('UpdateRetentionClassInput', {
    description: 'What to change about a retention class. What is absent stays.',
    auth: { write: 'lawfulness.purposes' },
    fields: (t) => ({
      names: t.field({ type: [text], description: 'Its name for people.' }),
      period: t.string({ description: 'ISO 8601 duration: `P6Y`.' }),
      start: t.field({ type: start, description: 'From when it counts.' }),
      citation: t.string({ description: 'The law that says so.' }),
      action: t.field({ type: action, description: 'What happens then.' }),
    }),
  })
  builder.mutationFields((t) => {
    const key = t.arg.string({ required: true, description: 'The retention class.' })
    return {
      createRetentionClass: t.field({
        type: retention,
        nullable: true,
        auth,
        description: 'Makes a retention class. Those of German law are there from the start.',
        args: { input: t.arg({ type: create, required: true }) },
        resolve: (_root, { input: { key: which, ...draft } }, context) => createRetentionClass(context, which, draft),
      }),
      updateRetentionClass: t.field({
        type: retention,
        nullable: true,
        auth,
        description: 'Changes a retention class, for what has it already, too.',
        args: { key, input: t.arg({ type: update, required: true }) },
        resolve: (_root, { key: which, input }, context) => updateRetentionClass(context, which, input),
      }),
      retireRetentionClass: t.field({
        type: retention,
        nullable: true,
        auth,
        description: 'Takes a retention class out of use: nothing new gets it, what has it keeps it.',
        args: { key },
        resolve: (_root, { key: which }, context) => retireRetentionClass(context, which),
      }),
    }
  })
}
