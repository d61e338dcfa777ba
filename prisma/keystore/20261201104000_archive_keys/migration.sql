-- Keys that are of archives, not of contacts: what an archive holds of persons whom nobody recognised yet is sealed under its own.
-- The first destruction of any contact's key destroys them all, since nobody knows whom that was about.
CREATE TABLE archive_key (
  id uuid PRIMARY KEY REFERENCES contact_key,
  made_at timestamptz NOT NULL DEFAULT now()
);
