import type { Language } from './chart.ts'

/** Numbers as people of a language write them. */
export const numberIn = (language: Language): ((value: number) => string) =>
  new Intl.NumberFormat(language === 'de' ? 'de-DE' : 'en-GB', { maximumFractionDigits: 2 }).format

/** What a chart says besides its values. */
export const chartTexts = {
  de: {
    kinds: { bar: 'Balkendiagramm', stacked: 'Gestapeltes Balkendiagramm', line: 'Liniendiagramm' },
    by: (x: string) => `nach ${x}`,
    suppressed: 'unterdrückt',
    suppressedNote: 'unterdrückt: zu wenige, oder sie ergäben sich daraus',
    more: (count: number) => `und ${count} weitere Werte, die in der Tabelle stehen`,
    nothing: 'keine Werte',
  },
  en: {
    kinds: { bar: 'Bar chart', stacked: 'Stacked bar chart', line: 'Line chart' },
    by: (x: string) => `by ${x}`,
    suppressed: 'suppressed',
    suppressedNote: 'suppressed: too few, or too few would follow',
    more: (count: number) => `and ${count} more values, which stand in the table`,
    nothing: 'no values',
  },
} as const satisfies Record<Language, object>
