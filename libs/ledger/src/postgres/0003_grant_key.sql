-- One key per grant, wrapped by the key-encryption key of the keyring file. Erasing keeps the row as a tombstone
-- without the key, so that "erased" and "never existed" stay different answers.
CREATE TABLE ledger.grant_key (
  grant_id   text        PRIMARY KEY,
  kek_id     text,
  wrapped    bytea,
  created_at timestamptz NOT NULL DEFAULT now(),
  erased_at  timestamptz,
  CHECK ((wrapped IS NULL) = (erased_at IS NOT NULL) AND (kek_id IS NULL) = (erased_at IS NOT NULL))
);
