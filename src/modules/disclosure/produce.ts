import type { AccessPackage } from '#prisma/client.ts'
import { transact } from '../../database/transact.ts'
import type { WorkContext } from '../../graphql/context.ts'
import { newContentKey, openStream, sealStream } from '../../storage/sealed.ts'
import { openerOf } from '../disclosed.ts'
import type { Module } from '../module.ts'
import { noteProduced } from '../requests/steps.ts'
import { buildPackage } from './build/build.ts'
import { isLanguage, isPackageKind } from './packages.ts'
import { type ClaimedWork, mostAttempts, packageWork } from './queue.ts'

// Tells how far it is, too.
const renewEvery = 2000
const day = 24 * 3_600_000

/** Where files of packages lie in the storage. */
export const folder = 'access-packages'

/**
 * Makes a package that was claimed: the file goes into the storage as it grows, sealed with a key of its own, which is sealed under the
 * contact's. It is ready, and its request told that it is produced, in one unit of work. Who has lost the lease leaves nothing.
 */
export async function producePackage(
  context: WorkContext,
  modules: readonly Module[],
  work: ClaimedWork,
): Promise<void> {
  const { database, storage, keys } = context
  const { contactId, id, attempts } = work
  const row = await database.accessPackage.findUnique({ where: { contactId_id: { contactId, id } } })
  const { kind, language, requestId, state } = row ?? { state: 'gone' }
  if (state !== 'queued' || !isPackageKind(kind) || !isLanguage(language) || requestId === undefined) {
    await database.accessPackageWork.deleteMany({ where: { contactId, id } })
    return
  }
  const storageKey = `${folder}/${id}-${attempts}`
  const contentKey = newContentKey()
  const lost = new AbortController()
  const signal = context.signal ? AbortSignal.any([context.signal, lost.signal]) : lost.signal
  let reached = { done: 0, total: 0 }
  const renewing = setInterval(() => {
    packageWork.renew(database, work, reached).then(
      (ours) => ours || lost.abort(new Error('another process makes the package')),
      () => undefined, // The next renewal may come through; else the lease runs out, and who finishes last finds that out.
    )
  }, renewEvery)
  try {
    const built = await buildPackage(
      { ...context, signal },
      modules,
      { packageId: id, requestId, contactId, kind, language },
      {
        keep: (content) => storage.put(storageKey, sealStream(contentKey, placeOfFile(id), content)),
        progress: (done, total) => {
          reached = { done, total }
        },
      },
    )
    const key = await openerOf({ keys, contactId })
    if (!key) throw new Error('the contact has been forgotten')
    const producedAt = new Date()
    await transact(context, 'produceAccessPackage', async (tx) => {
      const { count } = await tx.accessPackageWork.deleteMany({ where: { contactId, id, attempts } })
      if (count === 0) throw new Error('another process makes the package')
      await tx.accessPackage.update({
        where: { contactId_id: { contactId, id } },
        data: {
          ...{
            state: 'ready',
            storageKey,
            producedAt,
            snapshotAt: built.snapshotAt,
            size: built.size,
            sha256: built.sha256,
          },
          contentKey: key.seal(placeOfKey({ contactId, id }), contentKey),
          expiresAt: new Date(producedAt.getTime() + lifetimes(context).produced),
        },
      })
      if (requestId) await noteProduced(tx, context, { contactId, requestId, packageId: id })
    })
  } catch (error) {
    await storage.remove(storageKey)
    throw error
  } finally {
    clearInterval(renewing)
    contentKey.fill(0)
  }
}

/** Notes that a package can't be made. */
export const failPackage = (context: WorkContext, { contactId, id, attempts }: ClaimedWork): Promise<void> =>
  transact(context, 'failAccessPackage', async (tx) => {
    const { count } = await tx.accessPackageWork.deleteMany({ where: { contactId, id, attempts } })
    if (count > 0)
      await tx.accessPackage.updateMany({ where: { contactId, id, state: 'queued' }, data: { state: 'failed' } })
  })

/** Whether it is of use to try again. */
export const isLastAttempt = ({ attempts }: ClaimedWork): boolean => attempts >= mostAttempts

/** How long a file is kept, in milliseconds: once it is produced, and once it is delivered. */
export const lifetimes = ({ packages }: Pick<WorkContext, 'packages'>) =>
  packages ?? { produced: 30 * day, delivered: 7 * day }

/** The ZIP, as it is read. Throws UNREADABLE where it does not open. */
export async function* contentOf(
  { storage, keys }: Pick<WorkContext, 'storage' | 'keys'>,
  { contactId, id, storageKey, contentKey }: AccessPackage,
): AsyncGenerator<Uint8Array> {
  const key = await openerOf({ keys, contactId })
  if (!key || !contentKey) throw new Error('the package has been erased')
  const opened = key.open(placeOfKey({ contactId, id }), contentKey)
  yield* openStream(opened, placeOfFile(id), storage.open(storageKey))
}

const placeOfFile = (id: string) => `access_package/${id}/file/1`
const placeOfKey = ({ contactId, id }: { contactId: string; id: string }) =>
  `access_package/${contactId}/${id}/content_key/1`
