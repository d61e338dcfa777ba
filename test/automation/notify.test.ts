import { afterAll, beforeAll, expect, test } from 'vitest'
import { openMessage } from '../../src/mail/outbox.ts'
import { mailNotices } from '../../src/modules/automation/notices.ts'
import { startAutomation } from '../../src/modules/automation/worker.ts'
import { pastTheGuards } from '../support/database.ts'
import { action, both, type Stage, startStage } from './support.ts'

const uuidIn = (globalId: string) => Buffer.from(globalId, 'base64').toString().split(':')[1] ?? ''

let stage: Stage
beforeAll(async () => {
  stage = await startStage()
})
afterAll(() => stage.close())

const mails = async () => {
  const queued = await stage.app.database.outgoingMail.findMany({
    where: { kind: 'rule-notice' },
    orderBy: { id: 'asc' },
  })
  return queued.map(({ id, message }) =>
    openMessage(stage.engine.work.secrets, { id, message: message ?? new Uint8Array() }),
  )
}

test('users are told once how often a rule acted, in their language, with a link and nobody’s data', async () => {
  await stage.act('mutation { createUser(input: { email: "emmy@example.org", name: "Emmy" }) { user { id } } }')
  await pastTheGuards(
    stage.app.config.databaseUrl ?? '',
    "UPDATE user_account SET language = 'de' WHERE email = 'emmy@example.org'",
  )
  const id = await stage.rule({
    name: 'New contacts',
    events: ['contacts.created'],
    actions: [action('automation.notify', { to: '["ada@example.org", "emmy@example.org"]' })],
    rights: [both('contacts.*')],
  })
  for (const givenName of ['Zqone', 'Zqtwo', 'Zqthree']) await stage.contact({ givenName, jobTitle: 'Zqjob' })
  await stage.settle()
  await mailNotices(stage.engine.work, 60_000)
  expect(await mails()).toEqual([])
  await Promise.all([1, 2, 3].map(() => mailNotices(stage.engine.work, 0)))
  const sent = await mails()
  expect(sent.map(({ to }) => to).toSorted()).toEqual(['ada@example.org', 'emmy@example.org'])
  expect(sent.map(({ subject }) => subject).toSorted()).toEqual([
    'Regel „New contacts“: 3-mal ausgeführt',
    'Rule “New contacts”: acted 3 times',
  ])
  for (const mail of sent) {
    const text = JSON.stringify(mail)
    expect(mail.text).toContain('https://lethe.test')
    expect(text).not.toMatch(/Zq/)
  }
  expect(await stage.app.database.automationNotice.count()).toBe(0)
  expect((await stage.runs({ rule: id })).every(({ outcome }) => outcome === 'DONE')).toBe(true)
})

test('that nobody can be told now keeps no rule from acting', async () => {
  const id = await stage.rule({
    ...{ name: 'Tells in vain', events: ['contacts.imported'], rights: [both('contacts.*')] },
    actions: [action('automation.notify', { to: '["ada@example.org"]' })],
  })
  const content = Array.from({ length: 130 }, (_, index) => `{"givenName":"Imported ${index}"}`).join('\n')
  await stage.act('mutation ($input: ImportContactsInput!) { importContacts(input: $input) { created } }', {
    input: { format: 'JSONL', content, source: 'a fair', ground: 'CONTRACT' },
  })
  // Sealing a mail breaks.
  const { engine } = stage
  const secrets = new Proxy(engine.work.secrets, {
    get: () => {
      throw new Error('no secrets')
    },
  })
  const worker = startAutomation({ ...engine, work: { ...engine.work, secrets } }, { gather: 0 })
  const done = () => stage.app.database.automationRun.count({ where: { ruleId: uuidIn(id), state: 'done' } })
  await expect.poll(done, { timeout: 25_000 }).toBe(130)
  await worker.close()
  expect(await stage.app.database.automationNotice.count()).toBe(130)
  await mailNotices(engine.work, 0)
  expect((await mails()).at(-1)?.subject).toBe('Rule “Tells in vain”: acted 130 times')
})

test('whoever is no user can not be told', async () => {
  const id = await stage.rule({
    name: 'Tells a stranger',
    events: ['contacts.created'],
    actions: [action('automation.notify', { to: '["ada@example.org", "stranger@example.org"]' })],
    rights: [both('contacts.contact')],
  })
  await stage.contact({ givenName: 'Ada' })
  await stage.settle()
  expect(await stage.runs({ rule: id })).toMatchObject([{ outcome: 'FAILED', faultCode: 'NOT_FOUND' }])
})
