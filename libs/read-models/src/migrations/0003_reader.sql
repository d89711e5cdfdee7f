-- A role that reads the views and nothing else: not the log, not the tables. Nobody can log in with it; give it to who
-- may: GRANT docket_reader TO somebody. Roles belong to the whole server, so it may be there, or not ours to make.
DO $$
BEGIN
  CREATE ROLE docket_reader NOLOGIN;
EXCEPTION WHEN duplicate_object OR unique_violation OR insufficient_privilege THEN
  NULL;
END $$;

DO $$
BEGIN
  IF EXISTS (SELECT FROM pg_roles WHERE rolname = 'docket_reader') THEN
    GRANT USAGE ON SCHEMA docket TO docket_reader;
    GRANT SELECT ON ALL TABLES IN SCHEMA docket TO docket_reader;
    REVOKE ALL ON docket.migration FROM docket_reader;
    ALTER DEFAULT PRIVILEGES IN SCHEMA docket GRANT SELECT ON TABLES TO docket_reader;
  END IF;
END $$;
