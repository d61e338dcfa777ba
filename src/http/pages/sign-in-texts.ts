import { sharedTexts } from './shared-texts.ts'

const en = {
  ...sharedTexts.en,
  title: 'Sign in',
  button: 'Sign in',
  noEmail: 'Please enter your e-mail address.',
  noPassword: 'Please enter your password.',
  refused: 'The e-mail address or the password is wrong.',
  noScript: 'Signing in needs JavaScript to be on.',
  provider: 'Sign in with {name}',
  'provider-denied': 'Signing in was broken off, or not allowed there.',
  'provider-failed': 'The other service did not answer as it should. Please try again, or sign in with your password.',
  'provider-unknown-user':
    'You are known there, but that opens no account here. If you have one, sign in with your password; otherwise ask your administrator.',
  'provider-expired': 'That took too long. Please try again.',
  forgotten: 'Forgotten your password?',
  forgottenTitle: 'New password',
  forgottenHint: 'Enter the e-mail address of your account. We send you a link to choose a new password.',
  sendLink: 'Send link',
  sentTitle: 'Look into your mailbox',
  sent: 'If there is an account with this address, a mail with a link is on its way. It can take a few minutes; look among the unwanted mails, too.',
  expired: 'That took too long. Please sign in again.',
}

type Texts = Readonly<typeof en>

const de: Texts = {
  ...sharedTexts.de,
  title: 'Anmelden',
  button: 'Anmelden',
  noEmail: 'Bitte geben Sie Ihre E-Mail-Adresse ein.',
  noPassword: 'Bitte geben Sie Ihr Passwort ein.',
  refused: 'E-Mail-Adresse oder Passwort ist falsch.',
  noScript: 'Zum Anmelden muss JavaScript eingeschaltet sein.',
  provider: 'Mit {name} anmelden',
  'provider-denied': 'Die Anmeldung wurde abgebrochen oder dort nicht erlaubt.',
  'provider-failed':
    'Der andere Dienst hat nicht richtig geantwortet. Bitte versuchen Sie es noch einmal, oder melden Sie sich mit Ihrem Passwort an.',
  'provider-unknown-user':
    'Sie sind dort bekannt, aber das öffnet hier kein Konto. Wenn Sie eines haben, melden Sie sich mit Ihrem Passwort an; sonst fragen Sie Ihre Administration.',
  'provider-expired': 'Das hat zu lange gedauert. Bitte versuchen Sie es noch einmal.',
  forgotten: 'Passwort vergessen?',
  forgottenTitle: 'Neues Passwort',
  forgottenHint:
    'Geben Sie die E-Mail-Adresse Ihres Kontos ein. Wir schicken Ihnen einen Link, mit dem Sie ein neues Passwort wählen.',
  sendLink: 'Link schicken',
  sentTitle: 'Sehen Sie in Ihr Postfach',
  sent: 'Wenn es ein Konto mit dieser Adresse gibt, ist eine Mail mit einem Link unterwegs. Das kann einige Minuten dauern; sehen Sie auch unter den unerwünschten Mails nach.',
  expired: 'Das hat zu lange gedauert. Bitte melden Sie sich noch einmal an.',
}

/** What the page for signing in says. */
export const signInTexts = { de, en }
