import type { Language } from './chart/chart.ts'

/** What files of reports can be. */
export const formats = ['pdf', 'csv', 'xlsx', 'json_lines'] as const
export type FileFormat = (typeof formats)[number]
export const isFormat = (text: unknown): text is FileFormat => formats.some((format) => format === text)

/** What of a report is in a file: each row, or how many rows there are of each group. */
export const contents = ['rows', 'groups'] as const
export type FileContent = (typeof contents)[number]
export const isContent = (text: unknown): text is FileContent => contents.some((content) => content === text)

export const isLanguage = (text: unknown): text is Language => text === 'de' || text === 'en'

/** What separates the cells of a line of CSV. */
export const separators = { comma: ',', semicolon: ';', tab: '\t' } as const
export type Separator = keyof typeof separators

/** How CSV is written. */
export type CsvOptions = { byteOrderMark: boolean; separator: Separator }

/** As spreadsheets of the language expect it: a semicolon where numbers have a comma. */
export const usualCsv = (language: Language): CsvOptions => ({
  byteOrderMark: true,
  separator: language === 'de' ? 'semicolon' : 'comma',
})

/** The media type and the ending of a format. */
export const mediaTypes: Readonly<Record<FileFormat, { mediaType: string; ending: string }>> = {
  pdf: { mediaType: 'application/pdf', ending: 'pdf' },
  csv: { mediaType: 'text/csv; charset=utf-8', ending: 'csv' },
  xlsx: { mediaType: 'application/vnd.openxmlformats-officedocument.spreadsheetml.sheet', ending: 'xlsx' },
  json_lines: { mediaType: 'application/jsonl; charset=utf-8', ending: 'jsonl' },
}
