import type { Language } from './chart/chart.ts'

/** What a report as PDF says besides what it shows. */
export const pdfTexts = {
  de: {
    about: 'Zu diesem Bericht',
    page: 'Seite',
    asOf: 'Stand',
    reader: 'Erstellt für',
    filter: 'Auswahl',
    filtered: 'nach Bedingungen, die im Bericht stehen',
    withheld: 'Nicht gezeigt',
    columns: (count: number) =>
      count === 1 ? 'eine Spalte, die Sie nicht lesen dürfen' : `${count} Spalten, die Sie nicht lesen dürfen`,
    chart: 'Auf einen Blick',
    groups: 'Gezählt',
    rows: 'Einzeln',
    none: 'Es gibt keine.',
    yesNo: (value: boolean) => (value ? 'ja' : 'nein'),
    cut: (more: number) => `[${more} weitere Zeichen: siehe CSV oder JSON Lines]`,
  },
  en: {
    about: 'About this report',
    page: 'Page',
    asOf: 'As of',
    reader: 'Made for',
    filter: 'Selection',
    filtered: 'by conditions that stand in the report',
    withheld: 'Not shown',
    columns: (count: number) =>
      count === 1 ? 'one column that you may not read' : `${count} columns that you may not read`,
    chart: 'At a glance',
    groups: 'Counted',
    rows: 'One by one',
    none: 'There are none.',
    yesNo: (value: boolean) => (value ? 'yes' : 'no'),
    cut: (more: number) => `[${more} more characters: see CSV or JSON Lines]`,
  },
} as const satisfies Record<Language, object>
