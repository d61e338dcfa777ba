import type { MailLanguage } from '../../../mail/layout.ts'

const format = (locale: string, iso: string) =>
  new Intl.DateTimeFormat(locale, { dateStyle: 'medium', timeStyle: 'medium', timeZone: 'UTC' }).format(new Date(iso))

/** What a certificate says, in both languages. */
export const certificateTexts = {
  de: {
    title: 'Bescheinigung über eine Löschung',
    subtitle: 'Nachweis nach Art. 5 Abs. 2 und Art. 17 DSGVO. Personenbezogene Daten stehen hier nicht.',
    running: (id: string) => `Löschung ${id}`,
    words: { about: 'Zu dieser Löschung', contents: 'Inhalt', page: 'Seite' },
    facts: {
      number: 'Nummer',
      ground: 'Grund',
      contacts: 'Kontakte',
      scope: 'Umfang',
      requestedAt: 'Beantragt',
      approvedAt: 'Genehmigt',
      executedAt: 'Ausgeführt',
      issuedAt: 'Ausgestellt',
    },
    whole: 'alles, mit dem Schlüssel, unter dem es versiegelt war',
    moment: (iso: string) => `${format('de-DE', iso)} UTC`,
    approved: (iso: string, people: number) =>
      `${format('de-DE', iso)} UTC${people > 0 ? `, von ${people} weiteren Person${people === 1 ? '' : 'en'}` : ''}`,
    happened: 'Was geschehen ist',
    wholeErased:
      'Die Kontakte sind gelöscht, mit allem, was über sie gespeichert war, bis auf das, was hier als bleibend oder aufzubewahren steht. Ihre Schlüssel sind vernichtet: Was in Sicherungen und im Protokoll unter ihnen versiegelt ist, öffnet sich nicht mehr. Wird eine ältere Sicherung eingespielt, wird die Löschung wiederholt, bevor jemand auf die Daten zugreifen kann.',
    partErased:
      'Die genannten Kategorien sind gelöscht, bis auf das, was hier als bleibend steht. Was das Protokoll über sie erzählte, öffnet sich nicht mehr. Wird eine ältere Sicherung eingespielt, wird die Löschung wiederholt, bevor jemand auf die Daten zugreifen kann.',
    stopped: {
      cancelled:
        'Die Löschung wurde abgesagt, als sie schon begonnen hatte: Diese Bescheinigung gilt für den Teil, der bis dahin gelöscht war.',
      refused:
        'Die Löschung wurde abgelehnt, als sie schon begonnen hatte: Diese Bescheinigung gilt für den Teil, der bis dahin gelöscht war.',
    },
    countColumns: ['Art von Datensatz', 'Was damit geschah', 'Anzahl'],
    erased: 'gelöscht',
    anonymised: 'anonymisiert',
    kept: (reason: string) => `bleibt: ${reason}`,
    retained: 'Was ein Gesetz aufzubewahren verlangt',
    retainedIntro:
      'Diese Datensätze sind gesperrt (Art. 17 Abs. 3 Buchst. b, Art. 18 DSGVO): Niemand arbeitet damit, und sie löschen sich von selbst, wenn die Frist endet.',
    retainedColumns: ['Art von Datensatz', 'Gesetz', 'Bis', 'Anzahl'],
    proof: 'Woran es sich prüfen lässt',
    ledger: (all: number, shown: number) =>
      `Die Löschung steht im Löschbuch, das außerhalb der Datenbank liegt, verkettet und signiert ist${all > shown ? `; hier die letzten ${shown} von ${all} Einträgen` : ''}.`,
    ledgerColumns: ['Nummer des Eintrags', 'SHA-256'],
    replayed: (times: number) => `Sie wurde nach dem Einspielen einer älteren Sicherung ${times}-mal wiederholt.`,
    checkpoint: 'Das Protokoll erzählt davon; sein neuester Prüfpunkt:',
    signed: (sha256: string) =>
      `Maßgeblich ist die signierte Fassung (JWS); der Schlüssel dafür steht unter /.well-known/jwks.json. SHA-256 der JSON-Fassung, zu der dieses PDF gehört: ${sha256}`,
    ids: 'Frühere Nummern der Kontakte',
    idsIntro: 'Sie sind zufällig und führen zu niemandem mehr.',
  },
  en: {
    title: 'Certificate of erasure',
    subtitle: 'Proof by Art. 5(2) and Art. 17 GDPR. There is no personal data in it.',
    running: (id: string) => `Erasure ${id}`,
    words: { about: 'About this erasure', contents: 'Contents', page: 'Page' },
    facts: {
      number: 'Number',
      ground: 'Ground',
      contacts: 'Contacts',
      scope: 'Scope',
      requestedAt: 'Asked for',
      approvedAt: 'Approved',
      executedAt: 'Executed',
      issuedAt: 'Made out',
    },
    whole: 'everything, with the key that it was sealed under',
    moment: (iso: string) => `${format('en-GB', iso)} UTC`,
    approved: (iso: string, people: number) =>
      `${format('en-GB', iso)} UTC${people > 0 ? `, by ${people} other ${people === 1 ? 'person' : 'people'}` : ''}`,
    happened: 'What happened',
    wholeErased:
      'The contacts are erased, with everything that was kept about them, but for what stands here as staying or to be kept. Their keys are destroyed: what is sealed under them in backups and in the log opens no more. When an older backup is restored, the erasure is repeated before anybody gets at the data.',
    partErased:
      'The categories named are erased, but for what stands here as staying. What the log told of them opens no more. When an older backup is restored, the erasure is repeated before anybody gets at the data.',
    stopped: {
      cancelled:
        'The erasure was called off when it had begun: this certificate is for the part that was erased until then.',
      refused:
        'The erasure was refused when it had begun: this certificate is for the part that was erased until then.',
    },
    countColumns: ['Kind of record', 'What became of it', 'Number'],
    erased: 'erased',
    anonymised: 'anonymised',
    kept: (reason: string) => `stays: ${reason}`,
    retained: 'What a law obliges to keep',
    retainedIntro:
      'These records are restricted (Art. 17(3)(b), Art. 18 GDPR): nobody works with them, and they erase themselves when the period ends.',
    retainedColumns: ['Kind of record', 'Law', 'Until', 'Number'],
    proof: 'What it can be checked by',
    ledger: (all: number, shown: number) =>
      `The erasure stands in the erasure ledger, which lies outside the database, chained and signed${all > shown ? `; here are the newest ${shown} of ${all} entries` : ''}.`,
    ledgerColumns: ['Number of the entry', 'SHA-256'],
    replayed: (times: number) => `It was repeated ${times} times after an older backup had been restored.`,
    checkpoint: 'The log tells of it; its newest checkpoint:',
    signed: (sha256: string) =>
      `What counts is the signed form (JWS); the key for it is published at /.well-known/jwks.json. SHA-256 of the JSON that this PDF belongs to: ${sha256}`,
    ids: 'Former ids of the contacts',
    idsIntro: 'They are random, and lead to nobody any more.',
  },
} as const satisfies Record<MailLanguage, object>
