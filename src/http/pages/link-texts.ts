import { sharedTexts } from './shared-texts.ts'

const en = {
  ...sharedTexts.en,
  title: 'Choose a password',
  noScript: 'This link needs JavaScript to be on. Switch it on, and open the link again.',
  INVITATION: 'Welcome to Lethe. Choose a password for your account.',
  PASSWORD_RESET: 'Choose a new password for your account. Whoever is signed in to it is signed out then.',
  button: 'Set password',
  invalidTitle: 'This link does not work',
  invalid: 'It was used already, or is too old.',
  invalidReset: 'If you have forgotten your password, ask for a new link on the page for signing in.',
  invalidInvitation: 'If you were invited, ask whoever invited you to do it again.',
  toSignIn: 'To the page for signing in',
  failedTitle: 'That did not work',
  again: 'Try again',
}

type Texts = Readonly<typeof en>

const de: Texts = {
  ...sharedTexts.de,
  title: 'Passwort wählen',
  noScript:
    'Für diesen Link muss JavaScript eingeschaltet sein. Schalten Sie es ein, und öffnen Sie den Link noch einmal.',
  INVITATION: 'Willkommen bei Lethe. Wählen Sie ein Passwort für Ihr Konto.',
  PASSWORD_RESET: 'Wählen Sie ein neues Passwort für Ihr Konto. Wer an ihm angemeldet ist, wird dabei abgemeldet.',
  button: 'Passwort setzen',
  invalidTitle: 'Dieser Link gilt nicht',
  invalid: 'Er wurde schon verwendet oder ist zu alt.',
  invalidReset:
    'Wenn Sie Ihr Passwort vergessen haben, lassen Sie sich auf der Anmeldeseite einen neuen Link schicken.',
  invalidInvitation: 'Wenn Sie eingeladen wurden, bitten Sie um eine neue Einladung.',
  toSignIn: 'Zur Anmeldeseite',
  failedTitle: 'Das ging nicht',
  again: 'Noch einmal versuchen',
}

/** What the page behind links in mails says. */
export const linkTexts = { de, en }
