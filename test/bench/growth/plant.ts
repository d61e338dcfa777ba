import pg from 'pg'

/** One consent in fifty lapses within the next sixty days, as their owner and past all guards. Once is enough. */
export async function plantLapsing(ownerUrl: string): Promise<void> {
  const owner = new pg.Client({ connectionString: ownerUrl, options: '-c session_replication_role=replica' })
  await owner.connect()
  await owner.query(
    `UPDATE lawful_basis_period SET valid_until = now() + (mod(abs(hashtext(contact_id::text)), 86400 * 60) + 60) * interval '1 second'
     WHERE mod(abs(hashtext(id::text)), 50) = 0 AND valid_until > now() + interval '1 year'`,
  )
  await owner.query('VACUUM ANALYZE')
  await owner.end()
}
