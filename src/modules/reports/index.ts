import { defineModule } from '../module.ts'
import { describeReaction, describeReport } from './audited.ts'
import { describeReportFile } from './files/audited.ts'
import { reportFileRoutes } from './files/download.ts'
import { eraseExpiredFiles } from './files/housekeeping.ts'
import { files } from './files/queue.ts'
import { addReportFiles } from './files/schema.ts'
import { startReportFiles } from './files/worker.ts'
import { addReportInputs } from './graphql/inputs.ts'
import { addReportMutations } from './graphql/mutations.ts'
import { addReportQueries } from './graphql/queries.ts'
import { addReportType } from './graphql/report-type.ts'
import { addReportTypes } from './graphql/types.ts'
import { reportData } from './personal-data.ts'
import { forgetOldAsks } from './reacting/asked.ts'
import { reactions } from './reacting/queue.ts'
import { addReactions } from './reacting/schema.ts'
import { startReacting } from './reacting/worker.ts'
import { reportRights } from './rights.ts'
import { describeAddress, describeProtection, describeRecipient, describeSchedule } from './schedules/audited.ts'
import { forgetOldMailings } from './schedules/housekeeping.ts'
import { reportSamples } from './schedules/samples.ts'
import { addSchedules } from './schedules/schema.ts'
import { schedules } from './schedules/turns.ts'
import { startReportSchedules } from './schedules/worker.ts'

/**
 * Reports: whose data may no longer be processed, and soon; and whatever else is asked of what is kept. In parts:
 *
 * - `sources/`: what a report can be about, with its columns; `ready-made.ts`: those that every installation has
 * - `definition/`: what a report shows, as it is saved and checked; `saved/`: those that people make and share
 * - `running/`: a report as its reader may have it, at this moment: everything goes through `openReport`
 * - `files/`: a report as PDF, CSV, XLSX or JSON Lines, for a day, with charts
 * - `schedules/`: reports by mail: when, which, and to whom
 * - `reacting/`: doing something with all whom a report shows
 */
export const reports = defineModule({
  name: 'reports',
  needs: [
    'identity',
    'contacts',
    'audit',
    'security',
    'lawfulness',
    'mails',
    'fields',
    'requests',
    'disclosure',
    'retention',
    'erasure',
    'statistics',
  ],
  rights: reportRights,
  personalData: reportData,
  audited: {
    Report: describeReport,
    ReportReaction: describeReaction,
    ReportFile: describeReportFile,
    ReportSchedule: describeSchedule,
    ReportRecipient: describeRecipient,
    ReportAddress: describeAddress,
    ReportProtection: describeProtection,
  },
  mailSamples: reportSamples,
  housekeeping: async (context) => {
    await eraseExpiredFiles(context)
    await forgetOldMailings(context)
    await forgetOldAsks(context)
  },
  routes: reportFileRoutes,
  workers: [
    { name: 'files', start: startReportFiles },
    { name: 'reactions', start: startReacting },
    { name: 'schedules', onlyWithMail: true, start: ({ work }) => startReportSchedules(work) },
  ],
  queues: [files, reactions, schedules],
  schema(builder) {
    const types = addReportTypes(builder)
    const inputs = addReportInputs(builder)
    const report = addReportType(builder, types)
    addReportQueries(builder, report, types, inputs)
    addReportMutations(builder, report, inputs)
    addReactions(builder, inputs, types)
    addReportFiles(builder, inputs)
    addSchedules(builder)
  },
})
