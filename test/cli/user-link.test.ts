import { expect, test } from 'vitest'
import { freshDatabase } from '../support/database.ts'
import { databaseEnvironment } from '../support/environment.ts'
import { inFolder, lethe } from '../support/lethe.ts'

test('the operator gets a link for a user, on standard output alone', async () => {
  await inFolder(async (folder) => {
    const environment = {
      ...databaseEnvironment(await freshDatabase()),
      LETHE_DATA: folder,
      LETHE_URL: 'https://crm.example',
    }
    expect((await lethe(['user', 'add', 'jo@example.org'], environment).done).code).toBe(0)
    const made = await lethe(['user', 'link', 'jo@example.org'], environment).done
    expect([made.code, made.stdout]).toEqual([0, expect.stringMatching(/^https:\/\/crm\.example\/link#[\w-]{43}\n$/)])
    expect(made.stderr).toMatch(/^It works until \d{4}-\S+Z\./)
    const unknown = await lethe(['user', 'link', 'who@example.org'], environment).done
    expect([unknown.code, unknown.stdout, unknown.stderr]).toEqual([1, '', 'There is no such user.\n'])
  })
})
