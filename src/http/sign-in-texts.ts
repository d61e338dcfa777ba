export type Language = 'de' | 'en'

type Texts = Readonly<
  Record<
    'title' | 'email' | 'password' | 'button' | 'noEmail' | 'noPassword' | 'refused' | 'failed' | 'noScript',
    string
  >
>

/** What the page for signing in says. */
export const signInTexts: Readonly<Record<Language, Texts>> = {
  de: {
    title: 'Anmelden',
    email: 'E-Mail-Adresse',
    password: 'Passwort',
    button: 'Anmelden',
    noEmail: 'Bitte geben Sie Ihre E-Mail-Adresse ein.',
    noPassword: 'Bitte geben Sie Ihr Passwort ein.',
    refused: 'E-Mail-Adresse oder Passwort ist falsch.',
    failed: 'Die Anmeldung ist gerade nicht möglich. Bitte versuchen Sie es gleich noch einmal.',
    noScript: 'Zum Anmelden muss JavaScript eingeschaltet sein.',
  },
  en: {
    title: 'Sign in',
    email: 'E-mail address',
    password: 'Password',
    button: 'Sign in',
    noEmail: 'Please enter your e-mail address.',
    noPassword: 'Please enter your password.',
    refused: 'The e-mail address or the password is wrong.',
    failed: 'Signing in is not possible right now. Please try again in a moment.',
    noScript: 'Signing in needs JavaScript to be on.',
  },
}
