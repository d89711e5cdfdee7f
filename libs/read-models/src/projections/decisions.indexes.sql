CREATE INDEX ON {table} (grant_id, decided_at);
