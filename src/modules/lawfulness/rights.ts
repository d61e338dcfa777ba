/** The rights of the lawfulness module. Each field refers to one of them. */
export const lawfulnessRights = {
  'lawfulness.purposes':
    'The register of processing: purposes, how long their data is kept, and the notices that persons are given.',
  'lawfulness.basis':
    'On which legal grounds contacts are processed: what was recorded, and whether a contact may be processed for a purpose.',
  'lawfulness.evidence':
    'The evidence of a legal ground: what a person signed, wrote or said. Recording it needs no more than the ground.',
} as const
