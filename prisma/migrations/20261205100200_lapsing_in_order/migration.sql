-- When a ground ends by itself, as one expression. Of the column, together with the conditions, PostgreSQL expected a hundredth of what there is, and
-- so read and sorted all for a page instead of going along the index.
DROP INDEX lawful_basis_period_ending;
CREATE INDEX lawful_basis_period_ending ON lawful_basis_period ((CASE WHEN is_valid AND expires THEN valid_until END), contact_id, event_id)
  WHERE (CASE WHEN is_valid AND expires THEN valid_until END) IS NOT NULL;
