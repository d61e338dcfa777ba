-- Of a series that goes on otherwise from an instance on (RANGE=THISANDFUTURE), the rest is a series of its own: a later import finds it.
ALTER TABLE appointment
  ADD COLUMN continues TEXT,
  ADD COLUMN continues_from TEXT,
  ADD CONSTRAINT appointment_continuation CHECK ((continues IS NULL) = (continues_from IS NULL));
CREATE UNIQUE INDEX "appointment_continues_continues_from_key" ON appointment (continues, continues_from);
