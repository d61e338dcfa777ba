import DataLoader from 'dataloader'
import type { PageArguments } from '../../database/keyset.ts'
import type { Context } from '../../graphql/context.ts'
import { listAppointmentsOf } from './list.ts'

type Page = Awaited<ReturnType<typeof listAppointmentsOf>>[number]

declare module '../../graphql/context.ts' {
  interface Loaders {
    appointmentsOf?: Map<string, DataLoader<string, Page>>
  }
}

/** A page of a contact's appointments: of all contacts that are asked about alike, together. */
export function appointmentsOf(context: Context, contactId: string, page: PageArguments): Promise<Page> {
  const { first, after, last, before } = page
  const key = JSON.stringify([first, after, last, before])
  context.loaders.appointmentsOf ??= new Map()
  const known = context.loaders.appointmentsOf.get(key)
  const loader = known ?? new DataLoader<string, Page>((ids) => listAppointmentsOf(context, ids, page))
  context.loaders.appointmentsOf.set(key, loader)
  return loader.load(contactId)
}
