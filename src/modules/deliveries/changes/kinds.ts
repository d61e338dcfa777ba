import type { BasisEventKind, ConsentChange } from '#prisma/client.ts'

/** The kinds of events that others are told of; that somebody was asked, and that a ground was used, change nothing. */
export const changeKinds = [
  'given',
  'confirmed',
  'renewed',
  'withdrawn',
  'refused',
  'objected',
  'lapsed',
  'retracted',
] as const satisfies readonly BasisEventKind[]

export type ChangeKind = (typeof changeKinds)[number]

/** Whether others are told of an event of this kind. */
export const isChangeKind = (kind: string): kind is ChangeKind => changeKinds.some((one) => one === kind)

/** What goes down the tree of purposes, as the law says it. */
export const goesDown = (kind: string): boolean => kind === 'withdrawn' || kind === 'objected'

/** What is told of a change. */
export type ToldChange = Pick<
  ConsentChange,
  'contactId' | 'id' | 'kind' | 'purposeKey' | 'ground' | 'valid' | 'since' | 'until' | 'occurredAt' | 'recordedAt'
>
