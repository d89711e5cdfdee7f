-- Tokens that are to be revoked at their issuer, until it says that they are or they are over: they stay here over restarts
-- and hand-overs of the partition.
ALTER TABLE broker.token_vault DROP CONSTRAINT token_vault_kind_check;
ALTER TABLE broker.token_vault ADD CONSTRAINT token_vault_kind_check CHECK (kind IN ('secret', 'token', 'revocation'));
CREATE INDEX token_vault_revocation ON broker.token_vault (created_at) WHERE kind = 'revocation';
