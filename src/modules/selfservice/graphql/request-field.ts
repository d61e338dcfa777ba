import DataLoader from 'dataloader'
import type { CorrectionProposal } from '#prisma/client.ts'
import type { Builder } from '../../../graphql/builder.ts'
import type { Context } from '../../../graphql/context.ts'
import type { SelfServiceTypes } from './types.ts'

declare module '../../../graphql/context.ts' {
  interface Loaders {
    openCorrections?: DataLoader<string, CorrectionProposal[]>
  }
}

const mostOfContact = 100

/** `SubjectRequest.corrections`: who answers a request for rectification finds what there is to decide. */
export function addRequestField(builder: Builder, { correction }: SelfServiceTypes): void {
  builder.prismaObjectField('SubjectRequest', 'corrections', (t) =>
    t.field({
      type: [correction],
      nullable: true,
      auth: { read: 'selfservice.corrections' },
      description:
        'What the contact proposed to correct on their page, and nobody has decided over yet, the oldest first. Decide by `acceptCorrection` ' +
        'and `rejectCorrection`, change by `updateContact` what they wrote instead, and then fulfil a request for rectification.',
      resolve: ({ contactId }, _args, context) => openCorrectionsOf(context, contactId),
    }),
  )
}

/** Asked for many in one statement. */
function openCorrectionsOf({ loaders, database }: Context, contactId: string): Promise<CorrectionProposal[]> {
  loaders.openCorrections ??= new DataLoader(async (ids) => {
    const found = await database.correctionProposal.findMany({
      where: { contactId: { in: [...ids] }, state: 'open' },
      orderBy: { id: 'asc' },
      take: mostOfContact * ids.length,
    })
    const byContact = Map.groupBy(found, (row) => row.contactId)
    return ids.map((id) => byContact.get(id) ?? [])
  })
  return loaders.openCorrections.load(contactId)
}
