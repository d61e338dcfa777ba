import type { Builder } from '../../../graphql/builder.ts'
import { uuidOf, uuidOrNobody } from '../../../graphql/ids.ts'
import { reportsRight } from '../rights.ts'
import { deleteReport, saveReport, shareReport, updateReport } from '../saved/change.ts'
import { type ReportInputs, said } from './inputs.ts'
import type { ReportType } from './report-type.ts'

const auth = { read: reportsRight, write: reportsRight }
const write = { write: reportsRight }

/** Saving, changing, removing and sharing reports. */
export function addReportMutations(builder: Builder, report: ReportType, { definition }: ReportInputs): void {
  const inputs = {
    save: builder.inputType('SaveReportInput', {
      description: 'A report to be saved.',
      auth: write,
      fields: (t) => ({
        name: t.string({ required: true, description: 'What it is called; among yours, once.' }),
        description: t.string({ description: 'What for.' }),
        definition: t.field({ type: definition, required: true, description: 'What it shows.' }),
      }),
    }),
    update: builder.inputType('UpdateReportInput', {
      description: 'What to change about a report; what is left out stays.',
      auth: write,
      fields: (t) => ({
        id: t.id({ required: true, description: 'The report.' }),
        version: t.int({ required: true, description: 'As you read it; `CONFLICT` if it was changed since.' }),
        name: t.string({ description: 'What it is called.' }),
        description: t.string({ description: 'What for; null: nothing.' }),
        definition: t.field({ type: definition, description: 'What it shows: all of it anew.' }),
      }),
    }),
  }
  builder.mutationFields((t) => ({
    saveReport: t.field({
      type: report,
      nullable: true,
      auth,
      description:
        'Saves a report, which is yours, and nobody else’s until it is shared. What it shows is read anew each time.',
      args: { input: t.arg({ type: inputs.save, required: true, description: 'The report.' }) },
      resolve: async (_root, { input }, context) => ({
        saved: await saveReport(context, { ...input, definition: said(input.definition) }),
      }),
    }),
    updateReport: t.field({
      type: report,
      nullable: true,
      auth,
      description: 'Changes a report of yours, for all whom it is shared with.',
      args: { input: t.arg({ type: inputs.update, required: true, description: 'What to change.' }) },
      resolve: async (_root, { input }, context) => ({
        saved: await updateReport(context, {
          ...input,
          id: uuidOrNobody(input.id),
          definition: input.definition && said(input.definition),
        }),
      }),
    }),
    deleteReport: t.boolean({
      nullable: true,
      auth,
      description:
        'Removes a report of yours, or one that somebody shares, if you may write `reports.shared`. True when it is gone.',
      args: { id: t.arg.id({ required: true, description: 'The report.' }) },
      resolve: async (_root, { id }, context) => {
        await deleteReport(context, uuidOrNobody(id))
        return true
      },
    }),
    shareReport: t.field({
      type: report,
      nullable: true,
      auth: { read: reportsRight, write: 'reports.shared' },
      description:
        'Shares a report with those who hold these roles, and with nobody else any more. They see of it what they may see, and no more; each ' +
        'runs it by their own rights.',
      args: {
        id: t.arg.id({ required: true, description: 'The report.' }),
        roles: t.arg.idList({
          required: true,
          auth: { read: 'identity.roles' },
          description: 'The roles; none: it is yours alone again.',
        }),
      },
      resolve: async (_root, { id, roles }, context) => ({
        saved: await shareReport(
          context,
          uuidOrNobody(id),
          roles.map((role) => uuidOf('Role', role)),
        ),
      }),
    }),
  }))
}
