/** The rights of the module. What is kept of erased contacts has one of its own: `erasure.restricted`. */
export const retentionRights = {
  'retention.rules':
    'Rules of retention: how long whose data is kept, and what is done then; trying and applying them.',
  'retention.holds': 'Legal holds: contacts that must not be erased, and why.',
  'retention.proposals':
    'Whose erasure is proposed, since nothing says any more why they are kept; accepting and refusing it.',
} as const

/** By it one may have erasures executed, and make rules that do. The module that erases declares it. */
export const executing = 'erasure.execute'
