import type { MailLanguage } from '../../../../mail/layout.ts'
import { createCellWriter } from '../../files/cells.ts'
import { partsOf } from '../../running/groups.ts'
import type { OpenReport } from '../../running/open.ts'
import type { ReportColumn } from '../../sources/source.ts'

/**
 * What a report counts, where that is about nobody and may be told in the clear; nothing for all other reports. So it counts by words of
 * ours (a ground, a state), by yes or no, by a purpose, and by months and years of what happened: never by what a person is like, nor by
 * what somebody wrote.
 */
export async function groupsOf(
  { groupColumns, groups }: Pick<OpenReport, 'groupColumns' | 'groups'>,
  reader: { language: MailLanguage; timeZone: string },
): Promise<{ label: string; count: number }[]> {
  if (!groups || !groupColumns.every(isAboutNobody)) return []
  const { text } = createCellWriter(reader)
  return (await groups()).map(({ values, count }) => ({
    label: groupColumns.map((column) => text(values[column.key] ?? null, column) || '–').join(', '),
    count,
  }))
}

// What is told of the person themself, in a column that would else be taken for one of ours.
const ofPersons: ReadonlySet<string> = new Set(['birthDate'])

function isAboutNobody({ key, type, values }: ReportColumn): boolean {
  const { column, every } = partsOf(key)
  if (column.startsWith('customFields.') || ofPersons.has(column)) return false
  if (type === 'date' || type === 'time') return every === 'month' || every === 'year'
  return type === 'boolean' || column === 'purpose' || values !== undefined
}
