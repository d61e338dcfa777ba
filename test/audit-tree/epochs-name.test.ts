import { describe, expect, test } from 'vitest'
import { freshDatabase } from '../support/database.ts'
import { checkTree } from './check.ts'
import { beginnings, grow } from './epochs-support.ts'
import { machine } from './support.ts'

describe('another key or name', () => {
  test('is refused on a log that has one', async () => {
    const [one, other, url] = [await machine(), await machine(), await freshDatabase()]
    await grow(one, url, 1)
    await expect(other.start(url)).rejects.toThrow(/signed as "lethe-[0-9a-f]{8}\/audit" with another key/)
    const named = await machine({ LETHE_AUDIT_ORIGIN: (await one.signer()).name })
    await expect(named.start(url)).rejects.toThrow('need the same key')
  })

  test('begins a new epoch when its name was chosen and is new; the former one is refused from then on', async () => {
    const [one, url] = [await machine(), await freshDatabase()]
    const { size } = await grow(one, url, 3)
    const renamed = await machine({ LETHE_AUDIT_ORIGIN: 'crm.example/audit' })
    expect(await grow(renamed, url, 1)).toMatchObject({ epoch: 2 })
    expect(await beginnings(url)).toMatchObject([
      { index: size, reason: 'renamed', origin: 'crm.example/audit/epoch-2', missing: 0 },
    ])
    expect(await grow(renamed, url, 1)).toMatchObject({ epoch: 2 })
    await expect(one.start(url)).rejects.toThrow('signed as "crm.example/audit" with another key')
  })

  test('of the same key begins a new epoch too', async () => {
    const [one, url] = [await machine(), await freshDatabase()]
    await grow(one, url, 3)
    const renamed = await machine({ LETHE_AUDIT_ORIGIN: 'crm.example/audit' }, one.data)
    expect(await grow(renamed, url, 1)).toMatchObject({ epoch: 2 })
    await checkTree(url, await renamed.signer())
  })
})
