/** The rights of the module. */
export const selfServiceRights = {
  'selfservice.links': 'Sending contacts a link to the page about themselves, and making such links worthless.',
  'selfservice.handOver':
    'Seeing such a link, to hand it over where no mail reaches the contact. Whoever sees it can use it.',
  'selfservice.corrections':
    'Corrections that contacts propose. To see or accept one takes the right of the corrected field, too.',
  'selfservice.settings': 'How contacts correct which field: directly, by a proposal, or not at all.',
} as const
