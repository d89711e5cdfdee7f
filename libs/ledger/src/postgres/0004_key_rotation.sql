-- Random-nonce seals under one key are limited (NIST SP 800-38D, 8.3): processes reserve them here, a block at a time,
-- before they count as used, so that the sum over all processes and restarts is never too low.
ALTER TABLE ledger.grant_key ADD COLUMN seals bigint NOT NULL DEFAULT 0;

-- Rotation looks for what the former key still wraps.
CREATE INDEX grant_key_kek ON ledger.grant_key (kek_id) WHERE kek_id IS NOT NULL;

-- Key-encryption keys that a key management service wraps; without one the table stays empty. The newest one of purpose
-- `kek` wraps, the others still unwrap. Purpose `head`: the seed of the key that signs heads.
CREATE TABLE ledger.kek (
  seq        bigint      GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  purpose    text        NOT NULL CHECK (purpose IN ('kek', 'head')),
  id         text        NOT NULL UNIQUE,
  wrapper    text        NOT NULL,
  wrapped    bytea       NOT NULL,
  created_at timestamptz NOT NULL DEFAULT now()
);
