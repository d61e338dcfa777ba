-- Whoever has exactly this value of a custom field, of whichever: also of fields that nobody asked an index of their own for.
CREATE INDEX contact_custom_fields ON contact USING gin (custom_fields jsonb_path_ops);
