import type { Act } from './seed.ts'

/** What tells of rules, by right. */
export const ruleSecrets = { 'automation.rules': ['zqaccountability'] }

type Seeded = { rule: string; contacts: string[] }

/**
 * A rule that acted, and failed, and has a turn waiting: it gives a tag to whoever has a job, and stumbles over the others.
 *
 * @param settle Lets rules take their turns.
 */
export async function seedRules(act: Act, settle: () => Promise<unknown>): Promise<Seeded> {
  const create = 'mutation ($input: CreateRuleInput!) { createRule(input: $input) { id } }'
  const { createRule } = await act(create, {
    input: {
      name: 'A rule',
      description: 'Zqaccountability',
      events: ['contacts.created'],
      condition: 'event.actor == "user"',
      actions: [
        {
          action: 'contacts.addTag',
          arguments: [{ name: 'tag', value: 'contact.jobTitle == "" ? string(event.new.nothing) : "ruled"' }],
        },
      ],
      rights: [
        { right: 'contacts.*', read: true, write: true },
        { right: 'audit.history', read: true },
      ],
    },
  })
  const rule = createRule?.['id'] ?? ''
  await act('mutation ($id: ID!) { enableRule(id: $id) { id } }', { id: rule })
  const contact = async (input: object) => {
    const made = await act('mutation ($input: CreateContactInput!) { createContact(input: $input) { id } }', { input })
    return made['createContact']?.['id'] ?? ''
  }
  const contacts = [
    await contact({ givenName: 'Zqgiven', jobTitle: 'Zqjobtitle' }),
    await contact({ givenName: 'Zqgiven' }),
  ]
  await settle()
  await contact({ givenName: 'Zqgiven' })
  return { rule, contacts }
}
