-- Secrets and tokens of connections, sealed (AES-256-GCM) under the connection's key, which the keyring wraps. The version is
-- a random id that an event of docket.tokens names: a row without its event is garbage, an event without its row means
-- "mint again".
CREATE TABLE broker.token_vault (
  tenant        text        NOT NULL,
  connection_id text        NOT NULL,
  kind          text        NOT NULL CHECK (kind IN ('secret', 'token')),
  version       text        NOT NULL,
  sealed        text        NOT NULL,
  created_at    timestamptz NOT NULL DEFAULT now(),
  PRIMARY KEY (tenant, connection_id, kind, version)
);
