-- Whether what this session commits survives a crash: one row per setting that breaks the promise.
SELECT name, setting AS found, expected
  FROM pg_settings JOIN (VALUES
    ('fsync', 'on', ARRAY['on']),
    ('full_page_writes', 'on', ARRAY['on']),
    ('synchronous_commit', 'on or remote_apply', ARRAY['on', 'remote_apply'])
  ) AS needed (name, expected, accepted) USING (name)
 WHERE setting <> ALL (accepted)
