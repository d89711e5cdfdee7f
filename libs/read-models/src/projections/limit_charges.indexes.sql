CREATE INDEX ON {table} (grant_id, charged_at);
