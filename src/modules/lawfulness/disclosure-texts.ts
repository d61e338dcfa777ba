import type { SpecialGround } from '#prisma/client.ts'
import type { KindTexts, Text } from '../disclosed.ts'
import { actorWords, groundEventWords } from '../shared-words.ts'
import { groundLabels } from './register/export/labels.ts'

const shared = {
  id: { de: 'Nummer', en: 'Number' },
  purposeKey: { de: 'Zweck', en: 'Purpose' },
  purpose: { de: 'Zweck', en: 'Purpose' },
  ground: { de: 'Rechtsgrundlage', en: 'Legal ground' },
  validFrom: { de: 'Gültig ab', en: 'Valid from' },
  validUntil: { de: 'Gültig bis', en: 'Valid until' },
  specialGround: { de: 'Grundlage für besondere Kategorien', en: 'Ground for special categories' },
  byGuardian: { de: 'Durch Sorgeberechtigte', en: 'By a guardian' },
}

const formats = { purposeKey: 'purpose', purpose: 'purpose', language: 'language' } as const

const specialGroundWords: Readonly<Record<SpecialGround, Text>> = {
  explicit_consent: {
    de: 'Ausdrückliche Einwilligung (Art. 9 Abs. 2 Buchst. a DSGVO)',
    en: 'Explicit consent (Art. 9(2)(a) GDPR)',
  },
  employment_and_social_law: {
    de: 'Arbeits- und Sozialrecht (Art. 9 Abs. 2 Buchst. b DSGVO)',
    en: 'Employment and social law (Art. 9(2)(b) GDPR)',
  },
  vital_interests: {
    de: 'Lebenswichtige Interessen (Art. 9 Abs. 2 Buchst. c DSGVO)',
    en: 'Vital interests (Art. 9(2)(c) GDPR)',
  },
  non_profit_body: {
    de: 'Organisation ohne Gewinnerzielungsabsicht (Art. 9 Abs. 2 Buchst. d DSGVO)',
    en: 'Not-for-profit body (Art. 9(2)(d) GDPR)',
  },
  made_public: {
    de: 'Von der Person öffentlich gemacht (Art. 9 Abs. 2 Buchst. e DSGVO)',
    en: 'Made public by the person (Art. 9(2)(e) GDPR)',
  },
  legal_claims: {
    de: 'Rechtsansprüche (Art. 9 Abs. 2 Buchst. f DSGVO)',
    en: 'Legal claims (Art. 9(2)(f) GDPR)',
  },
  substantial_public_interest: {
    de: 'Erhebliches öffentliches Interesse (Art. 9 Abs. 2 Buchst. g DSGVO)',
    en: 'Substantial public interest (Art. 9(2)(g) GDPR)',
  },
  health_care: {
    de: 'Gesundheitsversorgung (Art. 9 Abs. 2 Buchst. h DSGVO)',
    en: 'Health care (Art. 9(2)(h) GDPR)',
  },
  public_health: {
    de: 'Öffentliche Gesundheit (Art. 9 Abs. 2 Buchst. i DSGVO)',
    en: 'Public health (Art. 9(2)(i) GDPR)',
  },
  archiving_and_research: {
    de: 'Archiv und Forschung (Art. 9 Abs. 2 Buchst. j DSGVO)',
    en: 'Archiving and research (Art. 9(2)(j) GDPR)',
  },
}

/** How what is kept of legal grounds is called where the contact reads it. */
export const groundTexts: Readonly<Record<string, KindTexts>> = {
  legalGroundEvent: {
    ...{ de: 'Rechtsgrundlagen: was geschah', en: 'Legal grounds: what happened' },
    formats,
    entities: ['LawfulBasisEvent'],
    values: {
      ground: groundLabels,
      kind: groundEventWords,
      specialGround: specialGroundWords,
      actorKind: actorWords,
      evidenceKind: {
        document: { de: 'Dokument', en: 'document' },
        form: { de: 'Formular', en: 'form' },
        phone_note: { de: 'Telefonnotiz', en: 'note of a call' },
        double_opt_in: { de: 'Bestätigung per E-Mail', en: 'confirmation by e-mail' },
      },
    },
    fields: {
      ...shared,
      kind: { de: 'Was geschah', en: 'What happened' },
      occurredAt: { de: 'Geschehen am', en: 'Happened on' },
      confirmUntil: { de: 'Zu bestätigen bis', en: 'To be confirmed until' },
      basisId: { de: 'Bezieht sich auf Nummer', en: 'Refers to number' },
      despiteObjection: { de: 'Trotz Widerspruchs', en: 'Despite an objection' },
      basis: { de: 'Bezieht sich auf Nummer', en: 'Refers to number' },
      evidenceHash: { de: 'Prüfsumme des Nachweises', en: 'Hash of the evidence' },
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
    formats,
    values: { ground: groundLabels, specialGround: specialGroundWords },
    fields: {
      ...shared,
      valid: { de: 'Gültig', en: 'Valid' },
      eventId: { de: 'Beginnt mit Nummer', en: 'Begins with number' },
      givenAt: { de: 'Gegeben am', en: 'Given on' },
      expires: { de: 'Endet von selbst', en: 'Ends by itself' },
    },
  },
}

/** How its operations are called where the contact reads of them. */
export const groundOperations: Readonly<Record<string, Text>> = {
  recordLawfulBasis: { de: 'Rechtsgrundlage eingetragen', en: 'legal ground recorded' },
  confirmLawfulBasis: { de: 'Rechtsgrundlage bestätigt', en: 'legal ground confirmed' },
  refuseLawfulBasis: { de: 'Ablehnung eingetragen', en: 'refusal recorded' },
  objectToProcessing: { de: 'Widerspruch gegen die Verarbeitung', en: 'objection to processing' },
  renewLawfulBasis: { de: 'Rechtsgrundlage erneuert', en: 'legal ground renewed' },
  recordUse: { de: 'Nutzung eingetragen', en: 'use recorded' },
  noteLapses: { de: 'Ablauf einer Rechtsgrundlage vermerkt', en: 'end of a legal ground noted' },
}
