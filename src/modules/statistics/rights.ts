/** The right of the module. It needs no other, and gives access to nobody’s data. */
export const statisticsRights = {
  'statistics.statistics':
    'How many contacts, consents, grounds, requests and erasures there were, by month: numbers that tell of nobody.',
} as const
