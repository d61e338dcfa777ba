import type { Language } from '../../../http/pages/language.ts'

type Texts = {
  title: string
  asked: (site: string) => string
  notice: (version: number) => string
  yes: string
  no: string
  decide: string
  refuseAll: string
  fault: string
  choose: string
  notYou: string
  doNothing: string
  anytime: string
  doneTitle: string
  once: string
  more: string
  deadTitle: string
  ownRequest: string
  expired: string
  unknown: string
  used: string
  again: string
  /** Of `ConsentState`: what somebody decided. */
  states: Readonly<Record<string, string>>
}

const en: Texts = {
  title: 'Do you consent?',
  asked: (site) => `On the website “${site}” this was asked for, with your e-mail address:`,
  notice: (version) => `What you were told (version ${version})`,
  yes: 'Yes, I consent',
  no: 'No',
  decide: 'Send my decision',
  refuseAll: 'No to all',
  fault: 'Please decide on each purpose.',
  choose: 'Choose yes or no.',
  notYou: 'It was not you?',
  doNothing: 'Then you need do nothing, and can close this page: without your “yes” nothing happens.',
  anytime: 'You can withdraw consent at any time, as easily as you gave it: by the link in each mail.',
  doneTitle: 'Your decision is recorded',
  once: 'This link works once, and has done its work.',
  more: 'See and change what we hold about you',
  ownRequest:
    'You asked for this consent yourself, as a member of staff, so you can’t give it: the person has to, in a browser in which you are not signed in.',
  deadTitle: 'This link does not work',
  expired: 'It is too old.',
  unknown: 'It is not complete, or too old. Open it from the mail once more, or copy it whole.',
  used: 'It was used already, and works only once.',
  again: 'To consent after all, fill in the form on the website once more: then you get a new mail.',
  states: {
    given: 'You consented',
    renewed: 'You consented',
    unchanged: 'As before',
    refused: 'You said no',
    not_decided: 'Could not be recorded',
  },
}

const de: Texts = {
  title: 'Willigen Sie ein?',
  asked: (site) => `Auf der Website „${site}“ wurde mit Ihrer E-Mail-Adresse um Folgendes gebeten:`,
  notice: (version) => `Was Ihnen dazu gesagt wurde (Fassung ${version})`,
  yes: 'Ja, ich willige ein',
  no: 'Nein',
  decide: 'Entscheidung absenden',
  refuseAll: 'Nein zu allem',
  fault: 'Bitte entscheiden Sie für jeden Zweck.',
  choose: 'Wählen Sie Ja oder Nein.',
  notYou: 'Sie waren das nicht?',
  doNothing: 'Dann brauchen Sie nichts zu tun und können diese Seite schließen: Ohne Ihr „Ja“ geschieht nichts.',
  anytime:
    'Sie können eine Einwilligung jederzeit so einfach widerrufen, wie Sie sie erteilt haben: über den Link in jeder E-Mail.',
  doneTitle: 'Ihre Entscheidung ist eingetragen',
  once: 'Dieser Link gilt einmal, und hat seine Aufgabe erfüllt.',
  more: 'Ansehen und ändern, was über Sie gespeichert ist',
  ownRequest:
    'Sie haben diese Einwilligung selbst angefragt, als Mitarbeiter, und können sie nicht erteilen: Das muss die Person selbst, in einem Browser, in dem Sie nicht angemeldet sind.',
  deadTitle: 'Dieser Link gilt nicht',
  expired: 'Er ist zu alt.',
  unknown: 'Er ist unvollständig oder zu alt. Öffnen Sie ihn noch einmal aus der E-Mail, oder kopieren Sie ihn ganz.',
  used: 'Er wurde schon verwendet, und gilt nur einmal.',
  again:
    'Wenn Sie doch einwilligen möchten, füllen Sie das Formular auf der Website noch einmal aus: Dann bekommen Sie eine neue E-Mail.',
  states: {
    given: 'Sie haben eingewilligt',
    renewed: 'Sie haben eingewilligt',
    unchanged: 'Wie bisher',
    refused: 'Sie haben Nein gesagt',
    not_decided: 'Konnte nicht eingetragen werden',
  },
}

/** What the page says on which somebody confirms a consent, or refuses it. */
export const consentTexts: Readonly<Record<Language, Texts>> = { de, en }
