import type { Prisma } from '#prisma/client.ts'
import type { Transaction } from '../../database/transact.ts'

// Requests were once a part of the page of contacts. Whoever was granted the right then has it under its name of today, and rules that
// start requests go on. It is changed through the models, and so stands in the audit log.

const names = new Map([
  ['selfservice.requests', 'requests.requests'],
  ['selfservice.startRequest', 'requests.start'],
])
const former = 'selfservice.requests'
const today = 'requests.requests'

/** Brings names of former versions into use as they are called today; nothing is left to do the second time. */
export async function renameFormer(tx: Transaction): Promise<void> {
  for (const { roleId, right: _, ...grant } of await tx.grant.findMany({ where: { right: former } })) {
    const there = await tx.grant.findUnique({ where: { roleId_right: { roleId, right: today } } })
    if (!there) await tx.grant.create({ data: { ...grant, roleId, right: today } })
    await tx.grant.delete({ where: { roleId_right: { roleId, right: former } } })
  }
  for (const { id, clientId } of await tx.clientScope.findMany({ where: { right: former } })) {
    const there = await tx.clientScope.findUnique({ where: { clientId_right: { clientId, right: today } } })
    if (there) await tx.clientScope.delete({ where: { id } })
    else await tx.clientScope.update({ where: { id }, data: { right: today } })
  }
  for (const { id, version, rights, actions } of await tx.automationRule.findMany()) {
    const next = { rights: renamed(rights), actions: renamed(actions) }
    if (JSON.stringify(next) === JSON.stringify({ rights, actions })) continue
    await tx.automationRule.update({ where: { id }, data: { ...next, version: version + 1 } })
  }
}

/** The same with the names of today, wherever a whole text is such a name. */
const renamed = (value: Prisma.JsonValue): Prisma.InputJsonValue =>
  JSON.parse(JSON.stringify(value), (_, part) => names.get(part) ?? part)
