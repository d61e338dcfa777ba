import pg from 'pg'

/** One consent in a hundred lapses by itself within the next sixty days, as their owner and past all guards: anew in databases that were kept so long that they have. */
export async function plantLapsing(ownerUrl: string): Promise<void> {
  const owner = new pg.Client({ connectionString: ownerUrl, options: '-c session_replication_role=replica' })
  await owner.connect()
  const { rowCount } = await owner.query(
    `SELECT FROM lawful_basis_period WHERE is_valid AND expires AND valid_until > now() + interval '30 days' LIMIT 1`,
  )
  if (rowCount === 0) {
    await owner.query(
      `UPDATE lawful_basis_period SET expires = true, valid_until = now() + (mod(abs(hashtext(contact_id::text)), 86400 * 60) + 60) * interval '1 second'
       WHERE mod(abs(hashtext(id::text)), 50) = 0 AND valid_until IS NOT NULL`,
    )
    await owner.query('VACUUM ANALYZE')
  }
  await owner.end()
}
