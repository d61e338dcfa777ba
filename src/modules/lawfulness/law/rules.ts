/** The rules that decide whether a contact may be processed, by the names that programs know them by, with their texts. */
export const rules = {
  valid_basis: {
    en: 'A legal ground was recorded that holds at this time (Art. 6(1) GDPR).',
    de: 'Eine Rechtsgrundlage ist erfasst, die zu dieser Zeit gilt (Art. 6 Abs. 1 DSGVO).',
  },
  restricted: {
    en: 'The processing of the person’s data is restricted: they are stored, and used with consent that was given since, for legal claims or important public interests alone (Art. 18(2) GDPR).',
    de: 'Die Verarbeitung der Daten ist eingeschränkt: sie werden gespeichert und sonst nur mit einer seither erteilten Einwilligung, für Rechtsansprüche oder wichtige öffentliche Interessen verwendet (Art. 18 Abs. 2 DSGVO).',
  },
  unknown_purpose: {
    en: 'There is no such purpose in the register (Art. 5(1)(b) GDPR).',
    de: 'Diesen Zweck gibt es im Verzeichnis nicht (Art. 5 Abs. 1 Buchst. b DSGVO).',
  },
  purpose_retired: {
    en: 'The purpose has ended: nobody is processed for it any more (Art. 5(1)(b) GDPR).',
    de: 'Der Zweck ist beendet: für ihn wird niemand mehr verarbeitet (Art. 5 Abs. 1 Buchst. b DSGVO).',
  },
  no_basis: {
    en: 'No legal ground was recorded for this purpose (Art. 6(1) GDPR).',
    de: 'Für diesen Zweck ist keine Rechtsgrundlage erfasst (Art. 6 Abs. 1 DSGVO).',
  },
  ground_not_allowed: {
    en: 'The purpose may not rest on this ground.',
    de: 'Auf diese Rechtsgrundlage darf sich der Zweck nicht stützen.',
  },
  not_yet_valid: { en: 'The legal ground begins later.', de: 'Die Rechtsgrundlage beginnt erst später.' },
  lapsed: { en: 'The legal ground has lapsed.', de: 'Die Rechtsgrundlage ist abgelaufen.' },
  withdrawn: {
    en: 'The person has withdrawn their consent (Art. 7(3) GDPR).',
    de: 'Die Person hat ihre Einwilligung widerrufen (Art. 7 Abs. 3 DSGVO).',
  },
  withdrawn_above: {
    en: 'The person has withdrawn their consent to what this purpose is part of, and so to all its parts (Art. 7(3) GDPR).',
    de: 'Die Person hat ihre Einwilligung in den übergeordneten Zweck und damit in alle seine Teile widerrufen (Art. 7 Abs. 3 DSGVO).',
  },
  objected: {
    en: 'The person has objected, which ends legitimate interests and public tasks (Art. 21(1) GDPR).',
    de: 'Die Person hat widersprochen; das beendet berechtigte Interessen und öffentliche Aufgaben (Art. 21 Abs. 1 DSGVO).',
  },
  objection_prevails: {
    en: 'The person has objected to direct marketing. That always prevails, on whatever ground (Art. 21(3) GDPR).',
    de: 'Die Person hat der Direktwerbung widersprochen. Das geht immer vor, auf welcher Rechtsgrundlage auch immer (Art. 21 Abs. 3 DSGVO).',
  },
  pending_confirmation: {
    en: 'Consent was asked for and not confirmed yet: until then it is none (Art. 7(1) GDPR, double opt-in).',
    de: 'Die Einwilligung ist noch nicht bestätigt: bis dahin ist sie keine (Art. 7 Abs. 1 DSGVO, Double-Opt-in).',
  },
  not_confirmed: {
    en: 'Consent was asked for, and not confirmed in time: it is none (Art. 7(1) GDPR, double opt-in).',
    de: 'Die Einwilligung wurde nicht rechtzeitig bestätigt: sie ist keine (Art. 7 Abs. 1 DSGVO, Double-Opt-in).',
  },
  refused: {
    en: 'The person was asked for consent and refused it (Art. 4(11) GDPR).',
    de: 'Die Person wurde um ihre Einwilligung gebeten und hat sie verweigert (Art. 4 Nr. 11 DSGVO).',
  },
  confirmation_without_request: {
    en: 'A confirmation came for which no request was pending, so it confirms nothing.',
    de: 'Zu einer Bestätigung gab es keine offene Anfrage; sie bestätigt nichts.',
  },
  renewed_too_late: {
    en: 'The legal ground was renewed only after it had ended: it has to be given anew.',
    de: 'Die Rechtsgrundlage wurde erst nach ihrem Ende verlängert: sie muss neu erteilt werden.',
  },
  special_category: {
    en: 'The purpose processes special categories, and this ground is none of Art. 9(2) GDPR.',
    de: 'Der Zweck verarbeitet besondere Kategorien; dafür fehlt eine Grundlage nach Art. 9 Abs. 2 DSGVO.',
  },
  child: {
    en: 'The person was not yet 16 when they consented, and whoever has parental responsibility did not (Art. 8(1) GDPR).',
    de: 'Die Person war bei ihrer Einwilligung noch keine 16, und die Träger der elterlichen Verantwortung haben nicht zugestimmt (Art. 8 Abs. 1 DSGVO).',
  },
  import_fills_gaps: {
    en: 'An import brought a legal ground, but an import only fills gaps: what the person said, or what holds already, stands.',
    de: 'Ein Import brachte eine Rechtsgrundlage, füllt aber nur Lücken: es bleibt bei dem, was die Person gesagt hat oder was schon gilt.',
  },
  grant_not_inherited: {
    en: 'A legal ground holds for another part of the tree of purposes. It is not passed on to this one.',
    de: 'Eine Rechtsgrundlage gilt für einen anderen Teil des Zweckbaums. Auf diesen geht sie nicht über.',
  },
} as const

/** The name of a rule. */
export type Rule = keyof typeof rules
