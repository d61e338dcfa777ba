-- What a text is searched by is the same as before; most texts have no letter that `unaccent` knows, and don't pay for it any more. PostgreSQL
-- puts the expression where the function stands, which it can't with `unaccent` in it, and calling a function costs as much again.
CREATE FUNCTION lethe_fold_letters(value text) RETURNS text
  LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
  RETURN replace(lower(unaccent('unaccent'::regdictionary, value)), 'ς', 'σ');

-- As many bytes as characters: nothing but ASCII, which has no accents. Not STRICT, or its CASE could not stand elsewhere; of NULL it is NULL.
CREATE OR REPLACE FUNCTION lethe_fold(value text) RETURNS text
  LANGUAGE sql IMMUTABLE CALLED ON NULL INPUT PARALLEL SAFE
  RETURN CASE WHEN octet_length(value) = length(value) THEN lower(value) ELSE lethe_fold_letters(value) END;
