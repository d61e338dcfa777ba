import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { action, both, type Stage, startStage } from './support.ts'

let stage: Stage
beforeAll(async () => {
  stage = await startStage()
})
afterAll(() => stage.close())

const tagsOf = async (id: string) =>
  (await stage.act('query ($id: ID!) { contact(id: $id) { tags title } }', { id })).contact

const tagging = (name: string, tag: string, rest: object = {}) => ({
  name,
  events: ['contacts.created'],
  actions: [action('contacts.addTag', { tag: JSON.stringify(tag) })],
  rights: [both('contacts.*')],
  ...rest,
})

describe('a rule', () => {
  test('acts on what happens, in the log under its own name on behalf of its owner', async () => {
    const id = await stage.rule(tagging('Tags the English', 'english', { condition: 'contact.language == "en"' }))
    const { rule } = await stage.act('query ($id: ID!) { rule(id: $id) { owner { id } } }', { id })
    const naming = 'mutation ($id: ID!) { updateUser(id: $id, input: { name: "Ada" }) { id } }'
    await stage.act(naming, { id: rule.owner.id })
    const english = await stage.contact({ givenName: 'Ada', language: 'en' })
    const german = await stage.contact({ givenName: 'Emmy', language: 'de' })
    await stage.settle()
    expect(await tagsOf(english)).toMatchObject({ tags: ['english'] })
    expect(await tagsOf(german)).toMatchObject({ tags: [] })
    const history =
      'query ($id: ID!) { contact(id: $id) { history(first: 1) { edges { node { operation actor { kind name onBehalfOf id } changes { field new } } } } } }'
    const { contact } = await stage.act(history, { id: english })
    expect(contact.history.edges[0].node).toMatchObject({
      operation: 'runRule',
      actor: { kind: 'RULE', id, name: 'Tags the English', onBehalfOf: 'Ada' },
      changes: [{ field: 'tags', new: ['english'] }],
    })
    const runs = await stage.runs()
    expect(runs.map(({ outcome }) => outcome).toSorted()).toEqual(['DONE', 'NOT_MATCHED'])
  })
})
