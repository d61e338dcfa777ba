import type { Builder } from '../../../graphql/builder.ts'
import { legalGroundType } from '../../contacts/legal-ground.ts'
import { listed, type TextTypes, textIn, textsIn } from '../texts.ts'

const auth = { read: 'lawfulness.purposes' }

/** The types of the register, for the fields that lead to it. */
export type RegisterTypes = ReturnType<typeof addRegisterTypes>

/** `Purpose`, `RetentionClass` and `Notice`. */
export function addRegisterTypes(builder: Builder, { text, language }: TextTypes) {
  const start = builder.enumType('RetentionStart', {
    description: 'From when a period of retention counts (DIN 66398).',
    values: {
      COLLECTED: { value: 'collected', description: 'When the data was collected, or the document made.' },
      LAST_CONTACT: { value: 'last_contact', description: 'The last contact with the person.' },
      LAST_USE: { value: 'last_use', description: 'When consent was given, and each use of it (§ 7a UWG).' },
      END_OF_CONTRACT: { value: 'end_of_contract', description: 'The end of the contract.' },
      END_OF_PURPOSE: {
        value: 'end_of_purpose',
        description: 'When the purpose is fulfilled or ends, as by a withdrawal.',
      },
      END_OF_CALENDAR_YEAR: {
        value: 'end_of_calendar_year',
        description: 'The end of the calendar year in which the document was made (§ 147(4) AO, § 257(5) HGB).',
      },
    } as const,
  })
  const action = builder.enumType('RetentionAction', {
    description: 'What happens to data that isn’t needed for its purpose any more.',
    values: {
      ERASE: { value: 'erase', description: 'When the period ends, it is erased.' },
      ANONYMISE: { value: 'anonymise', description: 'When the period ends, it loses its person.' },
      RESTRICT: {
        value: 'restrict',
        description: 'Nobody works with it until the period ends (Art. 18 GDPR, § 35 BDSG); then it is erased.',
      },
    } as const,
  })
  const nameIn = {
    type: language,
    defaultValue: 'en' as const,
    description: 'Another one comes where there is none in it.',
  }

  const retention = builder.prismaObject('RetentionClass', {
    description: 'How long a class of data is kept, and what happens then (DIN 66398, ISO/IEC 27555).',
    auth,
    fields: (t) => ({
      id: t.exposeID('id', { nullable: false, description: 'Its identity, as in the audit log.' }),
      key: t.exposeString('key', { nullable: false, description: 'Its name for programs; unique, for good.' }),
      names: t.field({
        type: [text],
        nullable: false,
        description: 'Its name for people.',
        resolve: ({ names }) => listed(names),
      }),
      name: t.string({
        nullable: false,
        description: 'Its name in one language.',
        args: { language: t.arg(nameIn) },
        resolve: ({ names }, args) => textIn(textsIn(names), args.language ?? 'en'),
      }),
      period: t.exposeString('period', { nullable: false, description: 'How long, as an ISO 8601 duration: `P6Y`.' }),
      start: t.expose('start', { type: start, nullable: false, description: 'From when it counts.' }),
      citation: t.exposeString('citation', {
        nullable: false,
        description: 'The law that says so; empty if none does.',
      }),
      action: t.expose('action', { type: action, nullable: false, description: 'What happens then.' }),
      retiredAt: t.expose('retiredAt', {
        type: 'DateTime',
        nullable: true,
        description: 'Since when nothing new gets it.',
      }),
    }),
  })
  const notice = builder.prismaObject('Notice', {
    description: 'What persons are told about a purpose (Art. 13, 14 GDPR), in one language. It never changes.',
    auth,
    fields: (t) => ({
      id: t.exposeID('id', { nullable: false, description: 'What a basis refers to.' }),
      purpose: t.relation('purpose', { nullable: false, description: 'The purpose.' }),
      version: t.exposeInt('version', { nullable: false, description: 'Counts from 1; all its languages share it.' }),
      language: t.exposeString('language', { nullable: false, description: 'BCP 47: `de`.' }),
      text: t.exposeString('text', { nullable: false, description: 'The text.' }),
      sha256: t.exposeString('sha256', { nullable: false, description: 'SHA-256 of the text in UTF-8, as hex.' }),
      publishedAt: t.expose('publishedAt', {
        type: 'DateTime',
        nullable: false,
        description: 'When it was published.',
      }),
    }),
  })
  const purpose = addPurposeType(builder, { text, nameIn })
  return { purpose, retention, notice, start, action }
}

type NameIn = { type: TextTypes['language']; defaultValue: 'en'; description: string }

const addPurposeType = (builder: Builder, { text, nameIn }: { text: TextTypes['text']; nameIn: NameIn }) =>
  builder.prismaObject('Purpose', {
    description: 'Why personal data is processed: an entry of the register of processing (Art. 30 GDPR).',
    auth,
    fields: (t) => ({
      id: t.exposeID('id', { nullable: false, description: 'Its identity, as in the audit log.' }),
      key: t.exposeString('key', { nullable: false, description: 'Its name for programs; unique, for good.' }),
      parent: t.relation('parent', {
        nullable: true,
        description: 'What it is part of: a withdrawal of that, or an objection to it, is one of this. A grant isn’t.',
      }),
      children: t.relation('children', {
        nullable: false,
        description: 'Its parts.',
        query: { orderBy: { key: 'asc' } },
      }),
      names: t.field({
        type: [text],
        nullable: false,
        description: 'Its name for people.',
        resolve: ({ names }) => listed(names),
      }),
      name: t.string({
        nullable: false,
        description: 'Its name in one language.',
        args: { language: t.arg(nameIn) },
        resolve: ({ names }, args) => textIn(textsIn(names), args.language ?? 'en'),
      }),
      descriptions: t.field({
        type: [text],
        nullable: false,
        description: 'What is done, with what, and why.',
        resolve: ({ descriptions }) => listed(descriptions),
      }),
      grounds: t.field({
        type: [legalGroundType(builder)],
        nullable: false,
        description: 'The grounds that it may rest on.',
        resolve: ({ grounds }) => grounds,
      }),
      specialCategories: t.exposeBoolean('specialCategories', {
        nullable: false,
        description: 'It processes special categories: each basis needs a ground of Art. 9(2) GDPR, too.',
      }),
      directMarketing: t.exposeBoolean('directMarketing', {
        nullable: false,
        description: 'An objection to it, or to what it is part of, always prevails (Art. 21(3) GDPR).',
      }),
      defaultValidity: t.exposeString('defaultValidity', {
        nullable: true,
        description: 'How long a basis holds unless it says otherwise, as an ISO 8601 duration; null: without end.',
      }),
      dataSubjects: t.exposeStringList('dataSubjects', {
        nullable: false,
        description: 'Whose data (Art. 30(1)(c) GDPR).',
      }),
      dataCategories: t.exposeStringList('dataCategories', {
        nullable: false,
        description: 'Which data (Art. 30(1)(c) GDPR).',
      }),
      recipients: t.exposeStringList('recipients', {
        nullable: false,
        description: 'Who gets it (Art. 30(1)(d) GDPR).',
      }),
      transfers: t.exposeStringList('transfers', {
        nullable: false,
        description: 'To which third countries, and what safeguards it there (Art. 30(1)(e) GDPR).',
      }),
      retentionClass: t.relation('retention', { nullable: true, description: 'How long its data is kept.' }),
      noticeVersion: t.exposeInt('noticeVersion', {
        nullable: false,
        description: 'The newest version of its notice; 0: there is none.',
      }),
      notices: t.relation('notices', {
        nullable: false,
        description: 'What persons are told about it; the newest version first.',
        query: { orderBy: [{ version: 'desc' }, { language: 'asc' }] },
      }),
      retiredAt: t.expose('retiredAt', {
        type: 'DateTime',
        nullable: true,
        description: 'Since when nobody may be processed for it any more.',
      }),
    }),
  })
