import type pg from 'pg'

/**
 * What a commit promised must survive a power cut, whatever the default of the server, the database or the role is: a change
 * that was acknowledged, and a key under whose contact something was sealed. For `onConnect` of a pool.
 */
export async function beDurable(client: pg.ClientBase): Promise<void> {
  await client.query(
    `SELECT set_config('synchronous_commit', 'on', false) WHERE current_setting('synchronous_commit') = 'off'`,
  )
}
