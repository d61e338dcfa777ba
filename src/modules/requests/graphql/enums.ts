import type { Builder } from '../../../graphql/builder.ts'
import { sharedType } from '../../../graphql/shared-type.ts'
import {
  attestable,
  channelTexts,
  denials,
  denialTexts,
  kindTexts,
  methods,
  requestChannels,
  requestKinds,
  requestStatuses,
  staffChannels,
  statusTexts,
  verificationLevels,
  verificationMethods,
} from '../kinds.ts'
import type { RequestOrder, Urgency } from '../list.ts'

/** The enums of this module. */
export type Enums = ReturnType<typeof addEnums>

/** The enum of the rights that persons make use of. */
export const requestKindType = sharedType((builder) =>
  builder.enumType('SubjectRequestKind', {
    description: 'The right that a person makes use of. A withdrawal takes effect at once and is no request.',
    values: valuesOf(requestKinds, (one) => kindTexts[one]),
  }),
)

/** Adds them, from what is stored. */
export function addEnums(builder: Builder) {
  const kind = requestKindType(builder)
  const status = builder.enumType('SubjectRequestStatus', {
    description: 'How far a request is, after the Data Rights Protocol.',
    values: valuesOf(requestStatuses, (one) => statusTexts[one]),
  })
  const channel = builder.enumType('SubjectRequestChannel', {
    description: 'On which way a request came.',
    values: valuesOf(requestChannels, (one) => channelTexts[one]),
  })
  const staffChannel = builder.enumType('SubjectRequestStaffChannel', {
    description: 'On which way staff hears from a person.',
    values: valuesOf(staffChannels, (one) => channelTexts[one]),
  })
  const denial = builder.enumType('SubjectRequestDenial', {
    description: 'Why a request is refused, after the Data Rights Protocol.',
    values: valuesOf(denials, (one) => denialTexts[one]),
  })
  const method = builder.enumType('VerificationMethod', {
    description: 'How somebody proved who they are.',
    values: valuesOf(verificationMethods, (one) => methods[one].text),
  })
  const attestedMethod = builder.enumType('AttestedVerificationMethod', {
    description: 'The same, as far as staff can tell.',
    values: valuesOf(attestable, (one) => methods[one].text),
  })
  const level = builder.enumType('VerificationLevel', {
    description: 'How sure a method makes us, in the words of the eIDAS Regulation (Art. 8(2)).',
    values: valuesOf(verificationLevels, (one) => levelTexts[one]),
  })
  const due = builder.enumType('SubjectRequestUrgency', {
    description: 'How urgent a request is, as far as the time runs for it.',
    values: valuesOf(['due_soon', 'overdue'] satisfies Urgency[], (one) =>
      one === 'overdue' ? 'It was not answered in time.' : 'It is due within a week.',
    ),
  })
  const order = builder.enumType('SubjectRequestOrder', {
    description: 'In which order requests are listed.',
    values: valuesOf(['due_first', 'newest_first', 'oldest_first'] satisfies RequestOrder[], (one) => orderTexts[one]),
  })
  return { kind, status, channel, staffChannel, denial, method, attestedMethod, level, due, order }
}

/** Values in capital letters, as GraphQL has them. */
const valuesOf = <const T extends string>(all: readonly T[], describe: (one: T) => string) =>
  Object.fromEntries(all.map((value) => [value.toUpperCase(), { value, description: describe(value) }]))

const levelTexts = {
  low: 'Somebody else could have known or done it.',
  substantial: 'It takes a way to be reached that we knew before.',
  high: 'It takes the person themself.',
} as const

const orderTexts: Readonly<Record<RequestOrder, string>> = {
  due_first: 'What is due first.',
  newest_first: 'What came last.',
  oldest_first: 'What came first.',
}
