import { pino } from 'pino'
import { type ContactKey, openKeys } from '../../src/keys/keys.ts'
import { fileSource } from '../../src/keys/master-key-file.ts'

// A process that has a key in hand and is told what to do with it. Run by processes.test.ts.

/** What it may be told: to use the key that it has, or to ask for it again. It answers what came of it. */
export type Order = 'use' | 'find'

const [url = '', data = '', contactId = ''] = process.argv.slice(2)
const keys = await openKeys({ url, masterKeys: fileSource({ data }), log: pino({ level: 'silent' }) })
let held: ContactKey | 'destroyed' | undefined = (await keys.find([contactId])).get(contactId)

process.on('message', async (order: Order) => {
  if (order === 'find') held = (await keys.find([contactId])).get(contactId)
  process.send?.(use())
})
process.on('disconnect', () => process.exit())
process.send?.(use())

function use() {
  if (!held || held === 'destroyed') return held ?? 'absent'
  try {
    held.open('place', held.seal('place', Buffer.from('content')))
    return 'usable'
  } catch (error) {
    return error instanceof Error ? error.message : String(error)
  }
}
