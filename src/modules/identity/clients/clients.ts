import { v7 as uuidv7 } from 'uuid'
import type { Transaction } from '../../../database/transact.ts'
import type { Context } from '../../../graphql/context.ts'
import { type Fault, invalidInput, notFound } from '../../../graphql/errors.ts'
import { checkText } from '../../check-text.ts'
import type { Authority } from '../access/authority.ts'
import { changeAccess } from '../access/change-access.ts'
import { originFaults } from './origins.ts'

/** What a client is; it allows nothing by itself. */
export type ClientKind = 'partner' | 'automation'

/** What one may say about a client. Absent: as it is. */
export type ClientDraft = {
  name?: string | null | undefined
  description?: string | null | undefined
  origins?: readonly string[] | null | undefined
}

/** What it takes to change anything about clients. */
export const right = 'identity.clients'

/** Makes a client, without scopes or keys. Returns its id. Throws INVALID_INPUT with every fault. */
export async function createClient(context: Context, kind: ClientKind, draft: ClientDraft): Promise<string> {
  const id = uuidv7()
  const { name = '', description = '', origins = [] } = checked({ name: '', ...draft })
  await changeAccess(context, 'createClient', right, (tx) =>
    tx.client.create({ data: { id, kind, name, description, origins } }),
  )
  return id
}

/**
 * Changes a client. Throws FORBIDDEN for a new origin where the caller doesn't hold what the client's scopes give: its pages
 * could do that then.
 */
export async function updateClient(context: Context, id: string, draft: ClientDraft): Promise<void> {
  const data = checked(draft)
  await changeAccess(context, 'updateClient', right, async (tx, caller) => {
    const client = await requireClient(tx, id)
    if (data.origins?.some((origin) => !client.origins.includes(origin)))
      await mustHoldScopes(tx, caller, id, 'input.origins')
    await tx.client.update({ where: { id }, data })
  })
}

/** Makes all keys of a client worthless, until it is enabled again. */
export async function disableClient(context: Context, id: string): Promise<void> {
  await changeAccess(context, 'disableClient', right, async (tx) => {
    const { disabledAt } = await requireClient(tx, id)
    if (!disabledAt) await tx.client.update({ where: { id }, data: { disabledAt: new Date() } })
  })
}

/** Lets a client call again. Throws FORBIDDEN where the caller doesn't hold what its scopes give. */
export async function enableClient(context: Context, id: string): Promise<void> {
  await changeAccess(context, 'enableClient', right, async (tx, caller) => {
    await requireClient(tx, id)
    await mustHoldScopes(tx, caller, id, 'id')
    await tx.client.update({ where: { id }, data: { disabledAt: null } })
  })
}

/** The client. Throws NOT_FOUND. */
export async function requireClient(tx: Transaction, id: string) {
  const client = await tx.client.findUnique({ where: { id } })
  if (!client) throw notFound('Client')
  return client
}

/** Whoever lets a client in gives away what it may do. Throws FORBIDDEN unless the caller holds all of that. */
export async function mustHoldScopes(
  tx: Transaction,
  caller: Authority,
  clientId: string,
  path: string,
): Promise<void> {
  caller.mustHold(await tx.clientScope.findMany({ where: { clientId } }), path)
}

/** What was said, as it is stored. Throws INVALID_INPUT with every fault. */
function checked({ name, description, origins }: ClientDraft) {
  const faults: Fault[] = []
  const data = {
    ...(name !== undefined && { name: checkText(name, 'name', { max: 200 }, faults) }),
    ...(description !== undefined && {
      description: checkText(description, 'description', { max: 2000, multiline: true }, faults),
    }),
    ...(origins !== undefined && { origins: [...new Set(origins ?? [])] }),
  }
  if (data.name === '' && faults.length === 0)
    faults.push({ field: 'name', message: 'Give it a name: it stands in the audit log.' })
  faults.push(...originFaults(data.origins ?? []))
  if (faults.length > 0) throw invalidInput(faults)
  return data
}
