const list = (language, names) => new Intl.ListFormat(language).format(names)

const en = {
  title: 'Consent',
  own: 'Your consent',
  since: (date) => `since ${date}`,
  pending: 'not confirmed yet: please open the link in our mail',
  confirmed: (names) => `Thank you. You confirmed: ${list('en', names)}.`,
  withdraw: 'Withdraw',
  withdrawOne: (name) => `Withdraw: ${name}`,
  withdrawn: (names) => `Your consent is withdrawn: ${list('en', names)}.`,
  choose: 'What do you consent to?',
  notice: (name, version) => `Privacy notice on “${name}” (version ${version})`,
  email: 'E-mail address',
  hint: 'We send you a mail. Your consent counts once you confirm it there. You can withdraw it at any time.',
  trap: 'Leave this empty',
  give: 'Give consent',
  sent: (email) => `We sent a mail to ${email}. Please confirm there; until then, nothing has changed.`,
  nothingChosen: 'Choose at least one of these.',
  emailMissing: 'Enter your e-mail address, such as name@example.org.',
  elsewhere: 'Withdraw consent that you gave earlier or elsewhere',
  elsewhereHint: 'We send you a mail with a link that withdraws your consent.',
  elsewhereSend: 'Send me the link',
  elsewhereSent: (email) => `If there is consent of ${email}, a mail with a link is on its way. Please open it there.`,
  again: 'Try again',
  refused: 'That is not possible at the moment. Nothing has changed.',
  refusals: {
    NO_ANSWER: 'The server did not answer. Please try again.',
    UNAVAILABLE: 'The server is busy. Please try again later.',
    TOO_MANY_ATTEMPTS: 'That was too often. Please try again later.',
  },
}

const de = {
  title: 'Einwilligung',
  own: 'Ihre Einwilligungen',
  since: (date) => `seit ${date}`,
  pending: 'noch nicht bestätigt: bitte öffnen Sie den Link in unserer E-Mail',
  confirmed: (names) => `Vielen Dank. Sie haben bestätigt: ${list('de', names)}.`,
  withdraw: 'Widerrufen',
  withdrawOne: (name) => `Widerrufen: ${name}`,
  withdrawn: (names) => `Ihre Einwilligung ist widerrufen: ${list('de', names)}.`,
  choose: 'Worin willigen Sie ein?',
  notice: (name, version) => `Datenschutzhinweis zu „${name}“ (Fassung ${version})`,
  email: 'E-Mail-Adresse',
  hint: 'Wir schicken Ihnen eine E-Mail. Ihre Einwilligung gilt, sobald Sie sie dort bestätigen. Sie können sie jederzeit widerrufen.',
  trap: 'Bitte leer lassen',
  give: 'Einwilligen',
  sent: (email) =>
    `Wir haben eine E-Mail an ${email} geschickt. Bitte bestätigen Sie dort; bis dahin ändert sich nichts.`,
  nothingChosen: 'Wählen Sie mindestens eines davon.',
  emailMissing: 'Geben Sie Ihre E-Mail-Adresse ein, etwa name@example.org.',
  elsewhere: 'Früher oder anderswo gegebene Einwilligung widerrufen',
  elsewhereHint: 'Wir schicken Ihnen eine E-Mail mit einem Link, der Ihre Einwilligung widerruft.',
  elsewhereSend: 'Link schicken',
  elsewhereSent: (email) =>
    `Wenn es eine Einwilligung von ${email} gibt, ist eine E-Mail mit einem Link unterwegs. Bitte öffnen Sie ihn dort.`,
  again: 'Noch einmal versuchen',
  refused: 'Das ist gerade nicht möglich. Es hat sich nichts geändert.',
  refusals: {
    NO_ANSWER: 'Der Server hat nicht geantwortet. Bitte versuchen Sie es noch einmal.',
    UNAVAILABLE: 'Der Server ist überlastet. Bitte versuchen Sie es später noch einmal.',
    TOO_MANY_ATTEMPTS: 'Das war zu oft. Bitte versuchen Sie es später noch einmal.',
  },
}

/** What the widget says. */
export const texts = { de, en }
