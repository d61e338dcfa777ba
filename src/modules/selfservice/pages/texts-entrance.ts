import type { Language } from '../../../http/pages/language.ts'

const en = {
  title: 'Your data with us',
  entrance: 'Here you see what we hold about you, correct it, and decide what it is used for.',
  email: 'Your e-mail address',
  askForCode: 'Send me a code',
  askHint: 'If we know this address, a mail with a code comes to it within a minute or so.',
  noEmail: 'Write your e-mail address, such as anna@example.org.',
  noMails: 'We can’t send you a code from here. Please get in touch with us: you get a link then.',
  codeTitle: 'Enter the code',
  codeSent:
    'If we know your address, a mail with a code of eight digits is on its way. It works for ten minutes, and only in this browser. If none comes, look into the folder for spam, or try another address.',
  code: 'Code',
  enter: 'Go on',
  wrongCode: 'This code is not right.',
  codeOver: 'This code does not work any more. Ask for a new one.',
  anotherCode: 'Ask for another code',
  tooMany: 'That was too often. Please wait for {minutes} minutes and try again.',
  linkTitle: 'See your data',
  linkText:
    'This link leads to what we hold about you. It works once. If you are not alone at this device, end the visit when you are done.',
  linkOpen: 'See my data',
  deadTitle: 'This link does not work',
  dead: 'It was used already, is too old, or was withdrawn. You can come with a code instead.',
  toEntrance: 'Come with a code',
  goneTitle: 'There is nothing here any more',
  gone: 'What we held was erased, or put together with other data about you. If you want to see what we hold now, come with a code.',
  endedTitle: 'Your visit has ended',
  ended:
    'For your safety a visit ends by itself after half an hour in which nothing happens. What you wrote was not saved.',
  endedByYou: 'You have ended your visit.',
  foreignTitle: 'That did not come from our page',
  foreign: 'So nothing was done. Open the page again and try once more.',
  brokenTitle: 'That did not work',
  broken: 'Something does not fit. Go back and try again.',
  addressTitle: 'Confirm your e-mail address',
  addressText: 'Is this your address, and shall we use it from now on?',
  addressYes: 'Confirm',
  addressDone: 'Your address is confirmed, and we use it from now on.',
  addressProposed: 'Your address is confirmed. We look at the change and tell you then.',
  addressFailed: 'The change does not fit any more: your data has changed since.',
}

type EntranceTexts = Readonly<typeof en>

const de: EntranceTexts = {
  title: 'Ihre Daten bei uns',
  entrance:
    'Hier sehen Sie, was wir über Sie gespeichert haben, berichtigen es und entscheiden, wofür es verwendet wird.',
  email: 'Ihre E-Mail-Adresse',
  askForCode: 'Code zusenden',
  askHint: 'Wenn wir diese Adresse kennen, kommt dort in etwa einer Minute eine E-Mail mit einem Code an.',
  noEmail: 'Schreiben Sie Ihre E-Mail-Adresse, zum Beispiel anna@example.org.',
  noMails:
    'Von hier aus können wir Ihnen keinen Code schicken. Bitte melden Sie sich bei uns: Sie bekommen dann einen Link.',
  codeTitle: 'Code eingeben',
  codeSent:
    'Wenn wir Ihre Adresse kennen, ist eine E-Mail mit einem Code aus acht Ziffern unterwegs. Er gilt zehn Minuten, und nur in diesem Browser. Kommt keine an, sehen Sie im Spam-Ordner nach, oder versuchen Sie eine andere Adresse.',
  code: 'Code',
  enter: 'Weiter',
  wrongCode: 'Dieser Code stimmt nicht.',
  codeOver: 'Dieser Code gilt nicht mehr. Fordern Sie einen neuen an.',
  anotherCode: 'Anderen Code anfordern',
  tooMany: 'Das war zu oft. Bitte warten Sie {minutes} Minuten, und versuchen Sie es dann noch einmal.',
  linkTitle: 'Ihre Daten ansehen',
  linkText:
    'Dieser Link führt zu dem, was wir über Sie gespeichert haben. Er gilt einmal. Wenn Sie an diesem Gerät nicht allein sind, beenden Sie den Besuch, sobald Sie fertig sind.',
  linkOpen: 'Meine Daten ansehen',
  deadTitle: 'Dieser Link gilt nicht',
  dead: 'Er wurde schon verwendet, ist zu alt oder wurde zurückgezogen. Sie können stattdessen mit einem Code kommen.',
  toEntrance: 'Mit einem Code kommen',
  goneTitle: 'Hier ist nichts mehr',
  gone: 'Was wir gespeichert hatten, wurde gelöscht oder mit anderen Daten über Sie zusammengelegt. Wenn Sie sehen möchten, was wir jetzt speichern, kommen Sie mit einem Code.',
  endedTitle: 'Ihr Besuch ist beendet',
  ended:
    'Zu Ihrer Sicherheit endet ein Besuch von selbst, wenn eine halbe Stunde lang nichts geschieht. Was Sie geschrieben haben, wurde nicht gespeichert.',
  endedByYou: 'Sie haben Ihren Besuch beendet.',
  foreignTitle: 'Das kam nicht von unserer Seite',
  foreign: 'Deshalb ist nichts geschehen. Öffnen Sie die Seite neu, und versuchen Sie es noch einmal.',
  brokenTitle: 'Das ging nicht',
  broken: 'Etwas passt nicht. Gehen Sie zurück, und versuchen Sie es noch einmal.',
  addressTitle: 'E-Mail-Adresse bestätigen',
  addressText: 'Ist das Ihre Adresse, und sollen wir sie ab jetzt verwenden?',
  addressYes: 'Bestätigen',
  addressDone: 'Ihre Adresse ist bestätigt. Wir verwenden sie ab jetzt.',
  addressProposed: 'Ihre Adresse ist bestätigt. Wir prüfen die Änderung und sagen Ihnen dann Bescheid.',
  addressFailed: 'Die Änderung passt nicht mehr: Ihre Daten haben sich inzwischen geändert.',
}

/** What the pages say on which contacts come in. */
export const entranceTexts: Readonly<Record<Language, EntranceTexts>> = { de, en }
