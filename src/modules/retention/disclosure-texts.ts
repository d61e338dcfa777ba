import type { KindTexts, Text } from '../disclosed.ts'

/** How what this module keeps is called where the contact reads it. */
export const retentionTexts: Readonly<Record<string, KindTexts>> = {
  legalHold: {
    ...{ de: 'Löschsperren', en: 'Legal holds' },
    entities: ['LegalHold'],
    fields: {
      case: { de: 'Kennung des Vorgangs', en: 'Id of the case' },
      reason: { de: 'Warum nicht gelöscht wird', en: 'Why nothing is erased' },
      placedAt: { de: 'Seit', en: 'Since' },
      liftedAt: { de: 'Aufgehoben am', en: 'Lifted on' },
      liftReason: { de: 'Warum aufgehoben', en: 'Why lifted' },
    },
  },
  erasureProposal: {
    ...{ de: 'Vorschläge, Sie zu löschen', en: 'Proposals to erase you' },
    entities: ['ErasureProposal'],
    values: {
      state: {
        open: { de: 'offen', en: 'open' },
        accepted: { de: 'angenommen', en: 'accepted' },
        refused: { de: 'abgelehnt', en: 'refused' },
        withdrawn: { de: 'überholt', en: 'withdrawn' },
      },
      ground: {
        no_longer_needed: { de: 'nicht mehr notwendig', en: 'no longer needed' },
        consent_withdrawn: { de: 'Einwilligung widerrufen', en: 'consent withdrawn' },
        objection: { de: 'Widerspruch', en: 'objection' },
        retention_ended: { de: 'Frist abgelaufen', en: 'period over' },
      },
    },
    fields: {
      rule: { de: 'Löschregel', en: 'Rule of retention' },
      ground: { de: 'Grund', en: 'Ground' },
      categories: { de: 'Nur diese Kategorien', en: 'These categories only' },
      dueAt: { de: 'Frist abgelaufen am', en: 'Period over on' },
      proposedAt: { de: 'Vorgeschlagen am', en: 'Proposed on' },
      state: { de: 'Stand', en: 'State' },
      decidedAt: { de: 'Entschieden am', en: 'Decided on' },
      reason: { de: 'Warum aufbewahrt wird', en: 'Why it is kept' },
      keptUntil: { de: 'Aufbewahrt bis', en: 'Kept until' },
      erasure: { de: 'Kennung der Löschung', en: 'Id of the erasure' },
    },
  },
  retentionRestriction: {
    ...{ de: 'Einschränkungen nach Löschregeln', en: 'Restrictions by rules of retention' },
    entities: ['RetentionRestriction'],
    fields: {
      rule: { de: 'Löschregel', en: 'Rule of retention' },
      since: { de: 'Seit', en: 'Since' },
      endedAt: { de: 'Aufgehoben am', en: 'Ended on' },
    },
  },
}

/** How its operations are called where the contact reads of them. */
export const retentionOperations: Readonly<Record<string, Text>> = {
  placeLegalHold: { de: 'Löschsperre gesetzt', en: 'legal hold placed' },
  placeLegalHolds: { de: 'Löschsperren gesetzt', en: 'legal holds placed' },
  liftLegalHold: { de: 'Löschsperre aufgehoben', en: 'legal hold lifted' },
  liftLegalHolds: { de: 'Löschsperren aufgehoben', en: 'legal holds lifted' },
  applyRetentionRules: { de: 'Löschregeln angewandt', en: 'rules of retention applied' },
  acceptErasureProposals: { de: 'vorgeschlagene Löschung angenommen', en: 'proposed erasure accepted' },
  refuseErasureProposal: { de: 'vorgeschlagene Löschung abgelehnt', en: 'proposed erasure refused' },
}
