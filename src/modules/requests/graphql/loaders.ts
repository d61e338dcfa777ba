import DataLoader from 'dataloader'
import type { SubjectMessage, SubjectRequest } from '#prisma/client.ts'
import type { Context } from '../../../graphql/context.ts'
import { requestsOf } from '../list.ts'
import { caseOf } from '../mails.ts'

declare module '../../../graphql/context.ts' {
  interface Loaders {
    subjectRequests?: DataLoader<string, SubjectRequest[]>
    subjectMessages?: DataLoader<string, SubjectMessage[]>
  }
}

/** So many requests of a contact are shown with it. */
export const mostOfContact = 50

/** What was written about a case is shown so far. */
const mostOfCase = 200

/** The newest requests of a contact; of many contacts, in one go. */
export function requestsOfContact(context: Context, contactId: string): Promise<SubjectRequest[]> {
  context.loaders.subjectRequests ??= new DataLoader(async (ids) => {
    const byContact = Map.groupBy(await requestsOf(context, ids, mostOfContact), (row) => row.contactId)
    return ids.map((id) => byContact.get(id.toLowerCase()) ?? [])
  })
  return context.loaders.subjectRequests.load(contactId)
}

/** What was written about the case of a request, the oldest first; of many, in one statement. */
export function messagesOf(context: Context, request: SubjectRequest): Promise<SubjectMessage[]> {
  context.loaders.subjectMessages ??= new DataLoader(async (places) => {
    const keys = places.map((place) => place.split('/'))
    const contactId = { in: [...new Set(keys.map(([contact = '']) => contact))] }
    const caseId = { in: [...new Set(keys.map(([, id = '']) => id))] }
    const rows = await context.database.subjectMessage.findMany({
      where: { contactId, caseId },
      orderBy: { id: 'asc' },
      take: mostOfCase * places.length,
    })
    const byPlace = Map.groupBy(rows, (row) => `${row.contactId}/${row.caseId}`)
    return places.map((place) => byPlace.get(place) ?? [])
  })
  return context.loaders.subjectMessages.load(`${request.contactId}/${caseOf(request)}`)
}
