/** The rights of the module. What is kept of erased contacts has one of its own: `erasure.restricted`. */
export const retentionRights = {
  'retention.rules':
    'Rules of retention: how long whose data is kept, and what is done then; trying and applying them.',
  'retention.holds': 'Legal holds: contacts that must not be erased, and why.',
  'retention.proposals':
    'Whose erasure is proposed, since nothing says any more why they are kept; accepting and refusing it.',
  'retention.statistics': 'How many contacts there were, by purpose, ground and month.',
} as const
