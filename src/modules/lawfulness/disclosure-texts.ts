import type { KindTexts } from '../disclosed.ts'
import { groundLabels } from './register/export/labels.ts'

const shared = {
  id: { de: 'Nummer', en: 'Number' },
  purposeKey: { de: 'Zweck', en: 'Purpose' },
  ground: { de: 'Rechtsgrundlage', en: 'Legal ground' },
  validFrom: { de: 'Gültig ab', en: 'Valid from' },
  validUntil: { de: 'Gültig bis', en: 'Valid until' },
  specialGround: { de: 'Grundlage für besondere Kategorien', en: 'Ground for special categories' },
  byGuardian: { de: 'Durch Sorgeberechtigte', en: 'By a guardian' },
}

/** How what is kept of legal grounds is called where the contact reads it. */
export const groundTexts: Readonly<Record<string, KindTexts>> = {
  legalGroundEvent: {
    ...{ de: 'Rechtsgrundlagen: was geschah', en: 'Legal grounds: what happened' },
    values: {
      ground: groundLabels,
      kind: {
        given: { de: 'gegeben', en: 'given' },
        requested: { de: 'angefragt', en: 'asked for' },
        confirmed: { de: 'bestätigt', en: 'confirmed' },
        refused: { de: 'abgelehnt', en: 'refused' },
        withdrawn: { de: 'widerrufen', en: 'withdrawn' },
        objected: { de: 'widersprochen', en: 'objected to' },
        renewed: { de: 'erneuert', en: 'renewed' },
        lapsed: { de: 'abgelaufen', en: 'lapsed' },
        used: { de: 'genutzt', en: 'used' },
        retracted: { de: 'zurückgenommen', en: 'taken back' },
      },
    },
    fields: {
      ...shared,
      kind: { de: 'Was geschah', en: 'What happened' },
      occurredAt: { de: 'Geschehen am', en: 'Happened on' },
      confirmUntil: { de: 'Zu bestätigen bis', en: 'To be confirmed until' },
      basisId: { de: 'Bezieht sich auf Nummer', en: 'Refers to number' },
      despiteObjection: { de: 'Trotz Widerspruchs', en: 'Despite an objection' },
      noticeId: { de: 'Nummer des gezeigten Textes', en: 'Number of the text that was shown' },
      notice: { de: 'Gezeigter Text', en: 'Text that was shown' },
      language: { de: 'Sprache', en: 'Language' },
      text: { de: 'Text', en: 'Text' },
      version: { de: 'Fassung', en: 'Version' },
      sha256: { de: 'SHA-256', en: 'SHA-256' },
      source: { de: 'Herkunft', en: 'Source' },
      evidenceKind: { de: 'Art des Nachweises', en: 'Kind of evidence' },
      evidence: { de: 'Nachweis', en: 'Evidence' },
      importId: { de: 'Nummer des Imports', en: 'Number of the import' },
      copiedFrom: { de: 'Übernommen von Nummer', en: 'Copied from number' },
      actorKind: { de: 'Durch', en: 'By' },
      recordedAt: { de: 'Aufgezeichnet am', en: 'Recorded on' },
    },
  },
  legalGroundPeriod: {
    ...{ de: 'Rechtsgrundlagen: was gilt', en: 'Legal grounds: what holds' },
    values: { ground: groundLabels },
    fields: {
      ...shared,
      valid: { de: 'Gültig', en: 'Valid' },
      eventId: { de: 'Beginnt mit Nummer', en: 'Begins with number' },
      givenAt: { de: 'Gegeben am', en: 'Given on' },
      expires: { de: 'Endet von selbst', en: 'Ends by itself' },
    },
  },
}
