import type { Language } from '../../../http/pages/language.ts'

const en = {
  title: 'Stop messages, withdraw consent',
  intro: 'You can end this use of your data:',
  introMany: 'Choose which of these uses of your data are to end.',
  effect: 'From then on it is no longer used for that. What was done until then remains lawful.',
  end: 'End this use',
  endChosen: 'End what is chosen',
  nothingChosen: 'Choose at least one purpose.',
  doneTitle: 'Ended',
  done: 'Your data is no longer used for:',
  stillOpen: 'It is still used for:',
  keptTitle: 'Nothing to end here',
  kept: 'It is used for the following on another ground, such as a contract with you, and that can’t be ended here:',
  mails: 'Messages that are on their way already may still arrive.',
  more: 'See and change what we hold about you',
  deadTitle: 'This link does not work',
  unknown: 'It is not complete, or too old. Open it from the mail once more, or copy it whole.',
  expired: 'It is too old. A newer mail has a link that works.',
  used: 'It was used already, and works only once.',
}

type PageTexts = Readonly<typeof en>

const de: PageTexts = {
  title: 'Abbestellen, Einwilligung widerrufen',
  intro: 'Diese Verwendung Ihrer Daten können Sie beenden:',
  introMany: 'Wählen Sie, welche dieser Verwendungen Ihrer Daten enden sollen.',
  effect: 'Danach werden sie dafür nicht mehr verwendet. Was bis dahin geschehen ist, bleibt rechtmäßig.',
  end: 'Verwendung beenden',
  endChosen: 'Ausgewählte beenden',
  nothingChosen: 'Wählen Sie mindestens einen Zweck.',
  doneTitle: 'Beendet',
  done: 'Ihre Daten werden nicht mehr verwendet für:',
  stillOpen: 'Weiterhin verwendet werden sie für:',
  keptTitle: 'Hier ist nichts zu beenden',
  kept: 'Für das Folgende werden sie auf einer anderen Grundlage verwendet, etwa einem Vertrag mit Ihnen; das lässt sich hier nicht beenden:',
  mails: 'Nachrichten, die schon unterwegs sind, können noch ankommen.',
  more: 'Ansehen und ändern, was über Sie gespeichert ist',
  deadTitle: 'Dieser Link gilt nicht',
  unknown: 'Er ist unvollständig oder zu alt. Öffnen Sie ihn noch einmal aus der E-Mail, oder kopieren Sie ihn ganz.',
  expired: 'Er ist zu alt. In einer neueren E-Mail steht ein Link, der gilt.',
  used: 'Er wurde schon verwendet, und gilt nur einmal.',
}

/** What the page behind links to end purposes says. */
export const endingTexts: Readonly<Record<Language, PageTexts>> = { de, en }
