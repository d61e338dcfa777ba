import type { Language } from '../../../http/pages/language.ts'

const en = {
  back: 'Back, without changing anything',
  faults: 'Please look at this again:',
  save: 'Save',
  propose: 'Propose',
  remove: 'Remove this entry',
  direct: 'The change takes effect at once.',
  proposing: 'We look at the change before it takes effect, and tell you then.',
  addressing: 'A mail goes to the new address. The change takes effect once you open the link in it.',
  consentTitle: 'Consent',
  consentIntro: 'Please read what it is about. You can withdraw your consent at any time on this page.',
  consentYes: 'I consent',
  staleNotice: 'The text has changed in the meantime. Please read it again.',
  notAllowed: 'This consent can’t be given here. Please get in touch with us.',
  statement: 'What do you want to tell us?',
  optional: '(optional)',
  missing: 'Please write something here.',
  tooLong: 'This is too long.',
  misfit: 'This does not fit.',
  lastOne: 'A name, or a way to reach you, has to remain. To be forgotten altogether, ask for erasure.',
  yes: 'Yes',
  no: 'No',
  unsaid: '(not said)',
  amount: 'Amount',
  currency: 'Currency',
  utc: 'in universal time (UTC), such as 2026-05-01 12:30',
}

type FormsTexts = Readonly<typeof en>

const de: FormsTexts = {
  back: 'Zurück, ohne etwas zu ändern',
  faults: 'Bitte sehen Sie das noch einmal an:',
  save: 'Speichern',
  propose: 'Vorschlagen',
  remove: 'Diesen Eintrag entfernen',
  direct: 'Die Änderung gilt sofort.',
  proposing: 'Wir prüfen die Änderung, bevor sie gilt, und sagen Ihnen dann Bescheid.',
  addressing: 'An die neue Adresse geht eine E-Mail. Die Änderung gilt, sobald Sie den Link darin öffnen.',
  consentTitle: 'Einwilligen',
  consentIntro: 'Bitte lesen Sie, worum es geht. Sie können Ihre Einwilligung jederzeit auf dieser Seite widerrufen.',
  consentYes: 'Ich willige ein',
  staleNotice: 'Der Text hat sich inzwischen geändert. Bitte lesen Sie ihn noch einmal.',
  notAllowed: 'Diese Einwilligung lässt sich hier nicht erteilen. Bitte melden Sie sich bei uns.',
  statement: 'Was möchten Sie uns dazu sagen?',
  optional: '(freiwillig)',
  missing: 'Bitte schreiben Sie hier etwas.',
  tooLong: 'Das ist zu lang.',
  misfit: 'Das passt hier nicht.',
  lastOne:
    'Ein Name oder ein Weg, Sie zu erreichen, muss bleiben. Wenn wir Sie ganz vergessen sollen, verlangen Sie die Löschung.',
  yes: 'Ja',
  no: 'Nein',
  unsaid: '(keine Angabe)',
  amount: 'Betrag',
  currency: 'Währung',
  utc: 'in Weltzeit (UTC), zum Beispiel 2026-05-01 12:30',
}

/** What the forms say by which contacts change something. */
export const formsTexts: Readonly<Record<Language, FormsTexts>> = { de, en }
