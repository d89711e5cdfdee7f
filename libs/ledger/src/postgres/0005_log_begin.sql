-- Records below first_offset were archived, and the operator has had them deleted. Nothing else is ever missing.
ALTER TABLE ledger.head ADD COLUMN first_offset bigint NOT NULL DEFAULT 0;
