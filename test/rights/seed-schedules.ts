import { randomUUID } from 'node:crypto'
import type { TestApp } from '../support/app.ts'
import type { Act } from './seed.ts'
import type { Examples } from './values.ts'

/** What tells of reports by mail, by right. */
export const scheduleSecrets = { 'reports.schedules': ['zqscheduled', 'zqofficer'] }

/** A schedule with a user and an address as recipients, what one of its mails came to, and by what attachments are encrypted. */
export async function seedSchedules({ database }: TestApp, act: Act): Promise<void> {
  const { me } = await act('{ me { id } }')
  await act('mutation { setReportProtection(protection: { pdfPassword: "a pass phrase of a matrix" }) { kind } }')
  const allow = 'mutation ($input: AllowReportAddressInput!) { allowReportAddress(input: $input) { id } }'
  const protection = { pdfPassword: 'another pass phrase of it' }
  const address = { address: 'zqofficer@example.org', name: 'Zqofficer', language: 'EN', protection }
  const { allowReportAddress } = await act(allow, { input: address })
  const create = 'mutation ($input: CreateReportScheduleInput!) { createReportSchedule(input: $input) { id } }'
  const recipients = [{ user: me?.['id'], language: 'EN' }, { address: allowReportAddress?.['id'] }]
  const input = {
    name: 'Zqscheduled',
    report: { key: 'lapsing' },
    cron: '0 8 * * *',
    timeZone: 'Europe/Berlin',
    recipients,
  }
  const { createReportSchedule } = await act(create, { input })
  const scheduleId = createReportSchedule?.['id'] ?? ''
  await database.reportMailing.create({
    data: { scheduleId, recipientId: randomUUID(), period: new Date(0), mailId: randomUUID() },
  })
}

/** What leads there, and is taken. */
export const scheduleExamples = (userId: string | undefined): Examples => {
  let count = 0
  const reference = { key: 'lapsing' }
  const recipients = [{ user: userId }]
  const schedule = () => ({
    name: `Made ${count++}`,
    report: reference,
    cron: '0 8 * * *',
    timeZone: 'Europe/Berlin',
    recipients,
  })
  return {
    'ScheduledReport.key': 'lapsing',
    'ReportRecipientInput.user': userId,
    'CreateReportScheduleInput.cron': '0 8 * * *',
    'CreateReportScheduleInput.timeZone': 'Europe/Berlin',
    'UpdateReportScheduleInput.cron': '0 8 * * *',
    'UpdateReportScheduleInput.timeZone': 'Europe/Berlin',
    'AllowReportAddressInput.address': 'somebody@example.org',
    'Mutation.createReportSchedule': () => ({ input: schedule() }),
    'Mutation.allowReportAddress': () => ({
      input: { address: `made-${count++}@example.org`, name: 'Made', language: 'EN' },
    }),
  }
}
