-- Whose processing is restricted: few, and asked for by whatever lists contacts by purpose.
CREATE INDEX subject_request_restricting ON subject_request (contact_id, decided_at, lifted_at)
  WHERE kind = 'restriction' AND status = 'fulfilled';
