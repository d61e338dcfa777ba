-- Appointments are looked for by place, as by title.
CREATE INDEX appointment_place ON appointment USING gin (lethe_fold(place) gin_trgm_ops);
CREATE INDEX appointment_participant_place ON appointment_participant USING gin (lethe_fold(place) gin_trgm_ops);
