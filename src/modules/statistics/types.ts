import { LegalGround } from '#prisma/client.ts'
import type { Builder } from '../../graphql/builder.ts'
import { legalGroundType } from '../contacts/legal-ground.ts'
import { erasureGroundType } from '../erasure/graphql/enums.ts'
import { erasureGrounds } from '../module.ts'
import { requestKindType } from '../requests/graphql/enums.ts'
import { isRequestKind } from '../requests/kinds.ts'
import { channels, eventsOf, languages, subjects } from './cells.ts'
import { type By, bys, type Cell } from './read.ts'
import { channelTexts, eventTexts, languageTexts, subjectTexts } from './words.ts'

/** What is needed to read numbers. */
export const auth = { read: 'statistics.statistics' }

/** An answer, with what it was asked by. */
export type Answer = { cells: readonly Cell[]; releasedUntil: Date | null; threshold: number }

const byTexts: Readonly<Record<By, string>> = {
  month: 'By calendar month (UTC).',
  quarter: 'By quarter of a year.',
  year: 'By calendar year.',
  purposeKey: 'By purpose: CONSENTS and GROUNDS.',
  ground: 'By legal ground: GROUNDS.',
  channel: 'By the way on which it came: CONSENTS.',
  kind: 'By the right that persons make use of: REQUESTS; by the ground of erasure: ERASURES.',
  language: 'By the language of the contact: CONTACTS. Of months from before there was that, none are told apart.',
}

/** Adds the types of numbers. */
export function addTypes(builder: Builder) {
  const values = <T extends string>(
    all: readonly T[],
    of: (one: T) => string,
    nameOf = (one: T) => one.toUpperCase(),
  ) => Object.fromEntries(all.map((value) => [nameOf(value), { value, description: of(value) }]))
  const subject = builder.enumType('StatisticSubject', {
    description: 'What numbers are about.',
    values: values(subjects, (one) => subjectTexts[one]),
  })
  const dimension = builder.enumType('StatisticDimension', {
    description: 'By what numbers are told apart. Each answer is told apart by its events besides.',
    values: values(
      bys,
      (one) => byTexts[one],
      (one) => (one === 'purposeKey' ? 'PURPOSE' : one.toUpperCase()),
    ),
  })
  const event = builder.enumType('StatisticEvent', {
    description:
      'What a number counts: persons to whom this happened in the period, each once a month; or what there was at its end.',
    values: values([...new Set(Object.values(eventsOf).flat())], (one) => eventTexts[one].description),
  })
  const channel = builder.enumType('StatisticChannel', {
    description: 'On which way consent was told of.',
    values: values(channels, (one) => channelTexts[one].description),
  })
  const language = builder.enumType('StatisticLanguage', {
    description: 'The language of a contact: the official ones of the European Union are told apart.',
    values: values(languages, (one) => `${languageTexts[one]?.en}.`),
  })
  const among = <T extends string>(all: readonly T[], text: string | null): T | null =>
    all.find((one) => one === text) ?? null
  const cell = builder.objectRef<Cell>('StatisticCell').implement({
    description: 'One number. What it isn’t told apart by is null.',
    auth,
    fields: (t) => ({
      period: t.expose('period', {
        type: 'Date',
        nullable: true,
        description: 'The first day of the month, quarter or year.',
      }),
      event: t.expose('event', { type: event, nullable: false, description: 'What it counts.' }),
      purpose: t.exposeString('purposeKey', { nullable: true, description: 'The key of the purpose.' }),
      ground: t.field({
        type: legalGroundType(builder),
        nullable: true,
        description: 'The legal ground.',
        resolve: ({ ground }) => among(Object.values(LegalGround), ground),
      }),
      channel: t.field({
        type: channel,
        nullable: true,
        description: 'On which way it came.',
        resolve: (one) => among(channels, one.channel),
      }),
      language: t.field({
        type: language,
        nullable: true,
        description: 'The language of the contacts, as it was known when the month was over.',
        resolve: (one) => among(languages, one.language),
      }),
      requestKind: t.field({
        type: requestKindType(builder),
        nullable: true,
        description: 'Of REQUESTS: the right.',
        resolve: ({ kind }) => (kind !== null && isRequestKind(kind) ? kind : null),
      }),
      erasureGround: t.field({
        type: erasureGroundType(builder),
        nullable: true,
        description: 'Of ERASURES: why.',
        resolve: ({ kind }) => among(erasureGrounds, kind),
      }),
      count: t.exposeInt('count', {
        nullable: true,
        description:
          'How many persons, about: to the nearest five, and off by noise that was drawn once. Null: suppressed, since too few stand behind it ' +
          'to tell them from the noise, or since such a number could be computed from it; this says as little of whether there are any.',
      }),
      margin: t.exposeInt('margin', {
        nullable: false,
        description: 'By how much the number may be off, in 19 of 20 cases.',
      }),
    }),
  })
  const answer = builder.objectRef<Answer>('Statistics').implement({
    description: 'Numbers of persons that tell of nobody.',
    auth,
    fields: (t) => ({
      cells: t.expose('cells', {
        type: [cell],
        nullable: false,
        description: 'The numbers, by period and what else was asked for. Empty for callers who are bound to purposes.',
      }),
      suppressed: t.int({
        nullable: false,
        description: 'How many of them are suppressed.',
        resolve: ({ cells }) => cells.filter(({ count }) => count === null).length,
      }),
      releasedUntil: t.expose('releasedUntil', {
        type: 'Date',
        nullable: true,
        description:
          'The newest month that has numbers, by its first day. A month gets them a day after it is over, once and for good. Null: none has.',
      }),
      threshold: t.exposeInt('threshold', {
        nullable: false,
        description:
          'From how many persons on a number may be shown that is released from now on; the noise of sums adds to it.',
      }),
    }),
  })
  return { subject, dimension, answer }
}
